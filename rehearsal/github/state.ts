import { createHash, generateKeyPairSync, type KeyPairKeyObjectResult } from "node:crypto";
import { createFaults, type Faults } from "./faults.ts";

export interface CommitState {
	sha: string;
	parents: string[];
	message: string;
	at: string;
}

type Phase = "queued" | "in_progress" | "completed";
export type Conclusion = "success" | "failure" | "cancelled" | "skipped" | "timed_out";

export interface StepState {
	name: string;
	status: Phase;
	conclusion: Conclusion | null;
	startedAt: string | null;
	completedAt: string | null;
}

export interface JobState extends StepState {
	id: number;
	steps: StepState[];
}

export interface RunState {
	id: number;
	/** Counted per workflow. */
	number: number;
	attempt: number;
	/** File below .github/workflows. */
	workflow: string;
	event: string;
	status: Phase;
	conclusion: Conclusion | null;
	sha: string;
	branch: string;
	/** `owner/name` of the fork, or of the repository itself. */
	from: string;
	jobs: JobState[];
	createdAt: string;
	startedAt: string;
	updatedAt: string;
}

export interface StatusState {
	id: number;
	sha: string;
	context: string;
	state: string;
	description: string | null;
	url: string | null;
	at: string;
}

export interface IssueState {
	id: number;
	number: number;
	title: string;
	body: string | null;
	state: "open" | "closed";
	labels: string[];
	isPullRequest: boolean;
	createdAt: string;
	updatedAt: string;
	closedAt: string | null;
}

export interface RepositoryState {
	id: number;
	/** `owner/name` */
	name: string;
	/** Names that it had before; they are answered with a redirect. */
	earlier: string[];
	commits: CommitState[];
	/** Branch → SHA. */
	branches: Record<string, string>;
	runs: RunState[];
	/** Newest last. */
	statuses: StatusState[];
	issues: IssueState[];
	/** Names of its labels. */
	labels?: string[];
}

export interface VersionState {
	id: number;
	digest: string;
	tags: string[];
	at: string;
}

export interface TokenState {
	/** As X-Accepted-GitHub-Permissions names them: `actions=read`; write holds read. */
	permissions: string[];
	/** Of a classic token; null: fine-grained. */
	scopes: string[] | null;
}

/** Everything that the double knows. */
export interface World {
	repositories: RepositoryState[];
	/** Accounts that are organizations; every other one is a user. */
	organizations: Set<string>;
	/** `owner/name` of a container package → its versions, newest first. */
	packages: Map<string, VersionState[]>;
	tokens: Map<string, TokenState>;
	/** Calls that are left of the hour. */
	remaining: number;
	faults: Faults;
	/** Signs the ID tokens of runs; another one each time. */
	idTokenKey: KeyPairKeyObjectResult;
	nextId(): number;
	now(): string;
}

/** What a world holds besides its faults, as JSON. */
export interface Snapshot {
	repositories: RepositoryState[];
	organizations: string[];
	packages: [string, VersionState[]][];
	lastId: number;
}

const CALLS_AN_HOUR = 5_000;

/** An empty world, or the one of a snapshot. */
export function createWorld(
	tokens: Readonly<Record<string, TokenState>>,
	kept?: Snapshot,
): World & { snapshot(): Snapshot } {
	let lastId = kept?.lastId ?? 1_000;
	const world = {
		repositories: kept?.repositories ?? [],
		organizations: new Set(kept?.organizations),
		packages: new Map(kept?.packages),
		tokens: new Map(Object.entries(tokens)),
		remaining: CALLS_AN_HOUR,
		faults: createFaults(),
		idTokenKey: generateKeyPairSync("ec", { namedCurve: "P-256" }),
		nextId: () => ++lastId,
		now: () => new Date().toISOString().replace(/\.\d+Z$/, "Z"),
	};
	const snapshot = (): Snapshot => ({
		repositories: world.repositories,
		organizations: [...world.organizations],
		packages: [...world.packages],
		lastId,
	});
	return { ...world, snapshot };
}

/** 40 hex digits that follow from the text. */
export const shaOf = (text: string): string => createHash("sha1").update(text).digest("hex");
