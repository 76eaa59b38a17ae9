import { testFaultPairs } from "../../support/vast-fault-pairs.ts";

testFaultPairs(80, 20_261_125);
