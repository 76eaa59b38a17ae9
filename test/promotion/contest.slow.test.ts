import { describeContest } from "./contest.ts";

describeContest(200);
