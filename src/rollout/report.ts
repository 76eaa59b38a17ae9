import type { Outlook } from "../instances/instance.ts";
import type { LogLine } from "../instances/log-line.ts";
import { currentRelease, type Release } from "../state/releases.ts";
import type { PollerRow } from "../temporal/pollers.ts";
import type { ChannelGate } from "./channel-gate.ts";
import type { DeployOptions } from "./options.ts";
import type { RolloutPorts } from "./ports.ts";
import type { Seen } from "./preflight.ts";
import type { RolloutRun } from "./rollout-run.ts";
import { settingChanges, type SettingChange } from "./settings-change.ts";
import type { Step, StepTime } from "./step.ts";
import { isSameRelease } from "./wanted.ts";

/** Why a rollout did not go live. */
export interface RolloutFailure {
	code: string;
	message: string;
	hint: string | null;
}

/** What `cres deploy` and `cres rollback` return under --json. */
export interface Rollout {
	instance: string;
	purpose: "deploy" | "rollback";
	outcome: "unchanged" | "planned" | "live" | "rolled-back" | "failed";
	digest: string;
	buildId: string;
	/** The channel that it was asked for by, and its attestation; null where it was asked for by itself. */
	channel: ChannelGate | null;
	/** Names of the settings that differ from the release before. */
	changedSettings: string[];
	/** The same with their values; secrets without. */
	settingChanges: SettingChange[];
	/** `user@host` that changes the instance; null when nothing is changed. */
	by: string | null;
	/** What ran before, if anything. */
	previous: { digest: string; buildId: string } | null;
	/** Number of the container's life on the instance; null when nothing was started. */
	generation: number | null;
	/** The steps, in order, exactly as they are executed. */
	plan: Step[];
	/** How long each step took, in milliseconds. */
	steps: StepTime[];
	/** What else was observed on the way, one fact a line. */
	seen: string[];
	/** Polls of what runs now, as Temporal saw them. */
	pollers: PollerRow[];
	failure: RolloutFailure | null;
	/** Last log lines of a container that failed, at most 20. */
	logTail: string[];
	/** The command that shows its whole log; null when none is kept. */
	log: string | null;
	/** The command that undoes it; null when there is nothing to undo. */
	undo: string | null;
	/** From command start to the end, in milliseconds. */
	durationMs: number;
}

const LOG_TAIL = 20;

/** How a rollout is told of, at each point where it may end. */
export interface Reporter {
	unchanged(): Rollout;
	planned(): Rollout;
	ended(run: RolloutRun, failure: RolloutFailure | undefined): Rollout;
}

/** @param started when the command began, milliseconds since the epoch */
export function reporterOf(
	{ instance: { name: instance }, clock }: RolloutPorts,
	seen: Seen,
	{ purpose }: DeployOptions,
	started: number,
): Reporter {
	const told = (): Told => ({ instance, purpose, seen, durationMs: clock.now() - started });
	return {
		planned: () => plannedOf(told()),
		unchanged: () => ({
			...plannedOf(told()),
			...{ outcome: "unchanged", changedSettings: [], settingChanges: [], previous: seen.outlook.previous ?? null },
		}),
		ended: (run, failure) => endedOf(told(), run, failure),
	};
}

interface Told extends Pick<Rollout, "instance" | "purpose" | "durationMs"> {
	seen: Seen;
}

function plannedOf({ instance, purpose, seen, durationMs }: Told): Rollout {
	const { next, known, outlook, gate } = seen;
	const before = releaseBefore(seen);
	const changes = before ? settingChanges(before.spec, next.spec) : [];
	return {
		...{ instance, purpose, outcome: "planned", digest: next.image.digest, buildId: next.image.buildId },
		...{ channel: gate, previous: previousOf(seen, before) ?? null, changedSettings: changes.map(({ name }) => name) },
		...{ settingChanges: changes, by: null, generation: null, plan: outlook.plan, steps: [], seen: [] },
		...{ pollers: [...known.polls], failure: null, logTail: [], log: null, undo: null, durationMs },
	};
}

function endedOf(told: Told, run: RolloutRun, failure: RolloutFailure | undefined): Rollout {
	const { instance, seen } = told;
	const { id, by, generation, steps, facts, pollers, log, logKept } = run;
	const before = releaseBefore(seen);
	const previous = previousOf(seen, before);
	return {
		...{ ...plannedOf(told), by, generation, steps, seen: facts, pollers, failure: failure ?? null },
		...{ logTail: lastTexts(log, LOG_TAIL), log: logKept ? `cres logs ${instance} --release ${id}` : null },
		outcome: failure ? (previous ? "rolled-back" : "failed") : "live",
		undo: failure ? null : undoOf(instance, before, previous),
	};
}

/** What ran before: where the wanted release serves already, the one on record before it. */
const previousOf = ({ outlook }: Seen, before: Release | undefined): Outlook["previous"] =>
	outlook.serves && before ? { digest: before.digest, buildId: before.buildId } : outlook.previous;

/** Texts of the last lines, at most `count`. */
export const lastTexts = (log: readonly LogLine[], count: number): string[] =>
	log.slice(-count).map(({ text }) => text);

/** The release on record that runs, or ran before the wanted one where that serves already. */
const releaseBefore = ({ known: { releases }, outlook, next }: Seen): Release | undefined =>
	currentRelease(outlook.serves ? releases.filter((release) => !isSameRelease(release, next)) : releases);

function undoOf(
	instance: string,
	before: Release | undefined,
	previous: { digest: string } | undefined,
): string | null {
	if (before) return `cres rollback ${instance} --to ${before.id}`;
	return previous ? `cres deploy ${instance} --image ${previous.digest}` : null;
}
