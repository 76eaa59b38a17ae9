/** A word of a command, with `$` expansions as they are written. */
export interface Word {
	/** Without quotes. */
	text: string;
	/** Offsets in the text that was parsed. */
	start: number;
	end: number;
	quoted: boolean;
	/** Its value depends on an expansion. */
	dynamic: boolean;
}

/** What stands between a command and the one before it. */
export type Joint = "" | "&&" | "||" | "|" | ";" | "&" | "(" | "{" | ")" | "\n" | "keyword";

/** One simple command. */
export interface Command {
	/** Without redirections. Leading assignments are among them. */
	words: readonly Word[];
	/** Targets of `>` and `>>`. */
	writes: readonly Word[];
	/** Targets of `<`. */
	reads: readonly Word[];
	before: Joint;
	/** Of groups: `(`, `{`, if, case, loops, `$(`. */
	depth: number;
	/** Inside `$(…)`. */
	nested: boolean;
	/** The body of its here-document. */
	heredoc?: { text: string; start: number };
}

export interface ShellFault {
	message: string;
	at: number;
}

export interface Script {
	commands: readonly Command[];
	/** What no shell would run. */
	faults: readonly ShellFault[];
}
