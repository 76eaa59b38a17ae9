import type { ControlFacts, InsideFacts, InstanceFacts } from "./runtime/facts.ts";
import type { Shell } from "../system/shell.ts";
import type { Place } from "./place.ts";
import type { Tree } from "./tree/tree.ts";

export type { FilePlace, HostPlace, Place } from "./place.ts";

/** How bad a finding is: `error` breaks a build, a boot or a deploy; `warning` will; `note` is worth a look. */
export type Severity = "error" | "warning" | "note";

/** What to do about a finding. */
export interface Fix {
	/** What to type or change, in one line. */
	say: string;
	/** The change itself, where it is one line of one file. `after: undefined` takes the line out. */
	edit?: { path: string; line: number; before: string; after: string | undefined };
}

/** One thing that is wrong. */
export interface Found {
	/** Names the fault and the observed value, without a line number: silences and fingerprints are bound to it. */
	message: string;
	/** All sides, the one to change first. */
	evidence: readonly [Place, ...Place[]];
	fix: Fix;
	/** When it is another one than the check's. */
	severity?: Severity;
}

/** What a check could not look at, and how it could. */
export interface NotLooked {
	what: string;
	how: string;
	/** The check itself failed or took too long: a fault of the tool. */
	failed?: true;
}

/** What a check saw. No findings and nothing that it could not look at: it passed. */
export interface Outcome {
	/** What it looked at, such as `12 Dockerfiles`; told when it found nothing, too. */
	looked: string;
	findings: readonly Found[];
	couldNotLook?: readonly NotLooked[];
}

/** What every check of `cres triage` says about itself; its id is the name of its file. */
interface About {
	/** Stable, never given again: `TS` and a number for static, `TR` for runtime checks. */
	code: string;
	severity: Severity;
	/** What it asks, as a question: `Does every COPY find its source?` */
	question: string;
	/** Why it matters: what breaks, when. One or two sentences. */
	why: string;
	/** A faulty line or state, and what is right instead. */
	example: string;
}

/** What a check may ask besides the tree. Most ask nothing. */
export interface World {
	shell: Shell;
	/** Path of a program that `cres tools fetch` brings; undefined: it is not here. */
	tool(name: string): Promise<string | undefined>;
	/** A check runs alone and may take its time; otherwise it leaves out, and says so, what would keep the others waiting. */
	thorough?: boolean;
}

/** Looks at a tree of files. It only looks; the runner times it and catches what it throws. */
export interface StaticCheck extends About {
	scope: "static";
	/** It waits for a program: it is begun before the others, and the others run meanwhile. */
	waits?: true;
	/** `signal` ends with the time for the check. */
	run: (tree: Tree, signal: AbortSignal, world: World) => Outcome | Promise<Outcome>;
}

interface OnFacts extends About {
	scope: "runtime";
}

/** Looks at what is seen from the control side, once for all instances. It asks nobody. */
export interface ControlCheck extends OnFacts {
	looksAt: "control";
	run(control: ControlFacts): Outcome;
}

/** Looks at what is seen of one instance from outside its container. It asks nobody. */
export interface InstanceCheck extends OnFacts {
	looksAt: "instance";
	/** It looks at an instance that does not answer, too. */
	unreached?: true;
	run(seen: Seen): Outcome;
}

/** Looks at what the container of one instance says of itself. It asks nobody. */
export interface InsideCheck extends OnFacts {
	looksAt: "inside";
	run(seen: Seen & { inside: InsideFacts }): Outcome;
}

export type RuntimeCheck = ControlCheck | InstanceCheck | InsideCheck;

export interface Seen {
	instance: InstanceFacts;
	control: ControlFacts;
}

/** A check with the name of its file. */
export type Named<C> = C & { id: string };

/** What became of one check. */
export interface CheckResult {
	check: Named<Omit<StaticCheck, "run" | "scope" | "waits">> & { scope: "static" | "runtime" };
	/** The instance that was looked at, for a runtime check. */
	instance?: string;
	outcome: Outcome;
	ms: number;
}
