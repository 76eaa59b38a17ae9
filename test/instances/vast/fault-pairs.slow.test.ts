import { testFaultPairs } from "../../support/vast-fault-pairs.ts";

testFaultPairs(300, 20_261_130);
