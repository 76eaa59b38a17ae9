/** A line of the tree. */
export interface FilePlace {
	/** From the root of the tree, with slashes. */
	path: string;
	/** Counted from 1. */
	line: number;
	/** The line as it stands there, without its end; secrets are taken out when it leaves. */
	text: string;
}

/** Something that a machine said. */
export interface HostPlace {
	/** The instance, or the machine. */
	host: string;
	/** What said it: a program of supervisor, a command, a log. */
	program?: string;
	text: string;
	/** When it was said, ISO 8601, if known. */
	at?: string;
}

export type Place = FilePlace | HostPlace;
