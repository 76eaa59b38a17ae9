import type { ExitName } from "../exit.ts";

/** What cres knows of one code. */
export interface Entry {
	exit: ExitName;
	/** The same command, run again with nothing changed, can succeed. */
	retry: boolean;
	/** One sentence. */
	meaning: string;
	/** One sentence: what to do. The hint of an error is more particular. */
	remedy: string;
}
