import type { UserError } from "../errors/errors.ts";
import type { Running } from "../instances/instance.ts";
import type { UnfinishedRollout } from "../state/journal.ts";
import type { Release } from "../state/releases.ts";
import { isServing, type PollerRow } from "../temporal/pollers.ts";
import { commandOf } from "./options.ts";

const VERDICTS = [
	"ok",
	"drift",
	"changing",
	"interrupted",
	"two-containers",
	"not-polling",
	"stopped",
	"unknown",
	"unreachable",
] as const;

/** What is to be said of an instance, and what to type next. */
export interface Judgement {
	/**
	 * `changing`: somebody holds its lease; `interrupted`: the newest rollout never came to its end; `unknown`: Temporal
	 * does not answer.
	 */
	verdict: (typeof VERDICTS)[number];
	/** What is wrong, if anything. */
	detail: string | null;
	/** The command to type next, if any. */
	fix: string | null;
}

/** What a verdict is made from. */
export interface StatusFacts {
	running: Running;
	release: Release | undefined;
	pollers: readonly Pick<PollerRow, "verdict">[];
	/** Why there are none. */
	temporalFailure: UserError | undefined;
	drift: readonly string[];
	interrupted: UnfinishedRollout | undefined;
}

/** The first thing that a person has to know. Pure. */
export function judge(instance: string, facts: StatusFacts): Judgement {
	const { running, interrupted, temporalFailure } = facts;
	const { holder } = running;
	if (holder)
		return verdict(
			"changing",
			`locked by ${holder.owner} (pid ${holder.pid}): ${holder.purpose}`,
			`cres lock show ${instance}`,
		);
	if (interrupted)
		return verdict(
			"interrupted",
			`rollout ${interrupted.id} was interrupted at "${interrupted.last}"`,
			again(instance, interrupted),
		);
	if (running.count > 1)
		return verdict("two-containers", `${running.count} containers run instead of one`, `cres deploy ${instance}`);
	if (running.stopped) return verdict("stopped", running.stopped.detail, running.stopped.fix);
	if (temporalFailure) return verdict("unknown", temporalFailure.message, temporalFailure.hint ?? null);
	return judgeRunning(instance, facts);
}

function judgeRunning(instance: string, { running, release, pollers, drift }: StatusFacts): Judgement {
	const { restarts, buildId } = running.container!;
	if (!pollers.every(isServing))
		return verdict(
			"not-polling",
			restarts > 0 ? `restarted ${restarts} times` : "runs, but does not poll",
			`cres logs ${instance}`,
		);
	if (release && release.buildId !== buildId)
		return verdict("drift", `runs ${buildId}, not the last release ${release.buildId}`, `cres deploy ${instance}`);
	if (drift.length > 0) return verdict("drift", `drift: ${drift.join(", ")}`, `cres deploy ${instance}`);
	return verdict("ok", null, null);
}

const again = (instance: string, { purpose, kinds }: UnfinishedRollout): string => {
	if (purpose === "start" || purpose === "stop" || purpose === "restart") return `cres ${purpose} ${instance}`;
	return commandOf(instance, {
		purpose: purpose === "rollback" ? purpose : "deploy",
		replace: kinds.includes("rent"),
	});
};

const verdict = (verdict: Judgement["verdict"], detail: string | null, fix: string | null): Judgement => ({
	verdict,
	detail,
	fix,
});
