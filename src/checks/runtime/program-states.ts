import type { ProgramFacts } from "./inside-facts.ts";

/** They end when they have done their work: the models are there, or there is no GPU that was optional. */
const MAY_END = ["models", "workers:worker-gpu"];

const mayEnd = ({ name, state, exitStatus }: Pick<ProgramFacts, "name" | "state" | "exitStatus">): boolean =>
	state === "EXITED" && exitStatus === 0 && MAY_END.includes(name);

/** It runs, is about to, or has ended as it may. */
export const isWell = (program: Pick<ProgramFacts, "name" | "state" | "exitStatus">): boolean =>
	program.state === "RUNNING" || program.state === "STARTING" || mayEnd(program);
