import type { RecordedCheck } from "./check.ts";

/** A change. */
export interface Change {
	/** Counted from 1 in the document. */
	line: number;
	/** The file that it names first; absent: prose. */
	path?: string;
	/** Every file or folder that its first words name. */
	paths: string[];
	text: string;
	items: string[];
}

/** A group of the validation. */
export interface Claim {
	line: number;
	label: string;
	/** Free text for a shell. It is never executed. */
	commands: string[];
	/** Line of each command. */
	commandLines: number[];
	/** What was said to be expected or observed. */
	expect?: string;
	/** As the words say, where they do. */
	polarity?: "present" | "absent";
	/** Checks that cres executes itself. */
	checks?: RecordedCheck[];
	/** Everything else below the label. */
	notes: string[];
}

export interface RollbackStep {
	n: number;
	line: number;
	text: string;
	items: string[];
}

/** What is in an entry besides its known parts. */
export interface ExtraText {
	line: number;
	heading?: string;
	text: string;
}

/** Something in the text that looks like a check or a command and cannot be read. */
export interface Unparsable {
	line: number;
	message: string;
}

/** One entry of docs/PLAN.md, in whatever form it is written. Texts keep their Markdown, each on one line. */
export interface EntryModel {
	/** 8 hex digits: of its Recorded stamp, so that a new title keeps it; without one of date and title. */
	id: string;
	/** YYYY-MM-DD */
	date: string;
	/** Without marks of Markdown. */
	title: string;
	rawTitle: string;
	/** What GitHub makes of its heading. */
	anchor: string;
	/** First and last line with text, counted from 1. */
	lines: { from: number; to: number };
	/** `YYYY-MM-DD HH:MM:SS ±HH:MM` */
	recorded?: string;
	executedAt?: string;
	by?: string;
	/** Ids, anchors or titles of entries that it takes back. */
	reverts: string[];
	objective: string;
	rootCause: string[];
	constraints: string[];
	changes: Change[];
	followUp: string[];
	validation: Claim[];
	rollback: RollbackStep[];
	extra: ExtraText[];
	unparsable: Unparsable[];
}
