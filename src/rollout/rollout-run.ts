import type { LogLine } from "../instances/log-line.ts";
import type { Journal } from "../state/journal.ts";
import type { PollerRow } from "../temporal/pollers.ts";
import type { StepTime } from "./step.ts";

/** One rollout on its way: the driver writes what it observed, the record and the entry read it. */
export interface RolloutRun {
	/** Id of the rollout. */
	id: string;
	/** Fencing token of its lease: what carries a higher one belongs to a later holder. */
	token: number;
	/** `user@host` that holds the lease. */
	by: string;
	journal: Journal;
	/** Polls of what runs now, as Temporal saw them. */
	pollers: PollerRow[];
	/** Kind of the step that was begun last; null when none was. */
	begun: string | null;
	/** Those that came to their end. */
	steps: StepTime[];
	/** The end of the log of a container that failed. */
	log: LogLine[];
	/** The log is kept under the id of the rollout. */
	logKept: boolean;
	/** What else was observed, one fact a line. */
	facts: string[];
	/** Number of the container's life that this rollout makes. */
	generation: number;
	/** One line for people that stays. */
	note: (text: string) => void;
}
