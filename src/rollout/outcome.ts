import type { PollerRow } from "../temporal/pollers.ts";
import type { Move, Progressing } from "./driver.ts";
import type { RolloutPorts } from "./ports.ts";
import { currentRelease, type Release } from "./release.ts";
import { changedSettings } from "./run-spec.ts";
import type { Step, StepTime } from "./step.ts";

/** What `cres deploy` and `cres rollback` return under --json. */
export interface Rollout {
	instance: string;
	purpose: "deploy" | "rollback";
	outcome: "unchanged" | "planned" | "live" | "rolled-back" | "failed";
	digest: string;
	buildId: string;
	/** Names of the settings that differ from the release before. */
	changedSettings: string[];
	/** What ran before, if anything. */
	previous: { digest: string; buildId: string } | null;
	/** Number of the container's life on the instance; null when nothing was started. */
	generation: number | null;
	plan: Step[];
	/** How long each step took, in milliseconds. */
	steps: StepTime[];
	/** What else was observed on the way, one fact a line. */
	seen: string[];
	/** Polls of what runs now, as Temporal saw them. */
	pollers: PollerRow[];
	/** Why it did not go live. */
	failure: { code: string; message: string; hint: string | null } | null;
	/** Last log lines of a container that failed. */
	logTail: string[];
	/** The command that undoes it; null when there is nothing to undo. */
	undo: string | null;
	/** From command start to the end, in milliseconds. */
	durationMs: number;
}

export type Draft = (run?: Progressing) => Rollout;

/** A rollout as far as it is known; what it lacks is filled in as it goes. */
export function draftOf(
	ports: RolloutPorts,
	move: Move,
	{ purpose }: Pick<Rollout, "purpose">,
	started: number,
): Draft {
	const before = currentRelease(move.releases);
	return (run) => ({
		instance: ports.instance,
		purpose,
		outcome: "planned",
		digest: move.image.digest,
		buildId: move.image.buildId,
		previous: move.previous ?? null,
		changedSettings: before ? changedSettings(before.spec, move.spec) : [],
		generation: run ? move.generation : null,
		plan: move.plan,
		steps: run?.steps ?? [],
		seen: run ? move.seen() : [],
		pollers: run?.pollers ?? move.pollers.rows,
		failure: null,
		logTail: run?.logTail ?? [],
		undo: run ? undoOf(ports.instance, before, move.previous) : null,
		durationMs: ports.clock.now() - started,
	});
}

function undoOf(
	instance: string,
	before: Release | undefined,
	previous: { digest: string } | undefined,
): string | null {
	if (before) return `cres rollback ${instance} --to ${before.id}`;
	return previous ? `cres deploy ${instance} --image ${previous.digest}` : null;
}
