import type { Rollout } from "../../src/rollout/report.ts";

export const DIGESTS = { old: `sha256:${"a".repeat(64)}`, next: `sha256:${"b".repeat(64)}` };

/** The result of a rollout that went live on an instance that ran another build. */
export const rolloutResult = (change: Partial<Rollout> = {}): Rollout => ({
	...{ instance: "api", purpose: "deploy", outcome: "live", digest: DIGESTS.next, buildId: "bbb" },
	channel: null,
	...{
		changedSettings: [],
		settingChanges: [],
		by: "ops@control",
		previous: { digest: DIGESTS.old, buildId: "aaa" },
		generation: 7,
	},
	plan: [
		{ kind: "pull", title: "pull it", phase: "prepare" },
		{ kind: "start", title: "start it", phase: "swap" },
	],
	steps: [
		{ kind: "pull", ms: 1200 },
		{ kind: "start", ms: 340 },
	],
	seen: ["health: ok"],
	pollers: [
		{
			...{ queue: "jobs@cpu", type: "activity", role: "cpu", identity: "cpu@api/bbb-01234567", buildId: "bbb" },
			...{ lastSeenMs: Date.parse("2026-03-01T10:00:00.000Z"), verdict: "LIVE" },
		},
	],
	...{ failure: null, logTail: [], log: null, undo: "cres rollback api --to r1", durationMs: 2500 },
	...change,
});
