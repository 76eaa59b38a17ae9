import { Chalk } from "chalk";
import { describe, expect, it } from "vitest";
import { renderReport } from "../../src/checks/doctor/render.ts";
import { paint } from "../../src/cli/paint.ts";
import { renderOne, renderShown, type ShownEndpoint } from "../../src/endpoint/show.ts";
import { renderRemoval, type Removal } from "../../src/instances/remove.ts";
import { renderLocks, type Locks } from "../../src/rollout/locks.ts";
import { releaseRows, renderReleases } from "../../src/rollout/releases.ts";
import { renderStatus } from "../../src/rollout/render-status.ts";
import { renderLog, renderRollout, rolloutFailures } from "../../src/rollout/render.ts";
import type { Rollout } from "../../src/rollout/report.ts";
import type { StatusReport } from "../../src/rollout/status.ts";
import type { Release } from "../../src/state/releases.ts";
import { renderJobs, type JobList } from "../../src/temporal/job-list.ts";
import type { PollersReport } from "../../src/temporal/pollers.ts";
import { renderPollers } from "../../src/temporal/render.ts";
import { renderList, type InstanceList } from "../../src/vast/list.ts";
import { documentedFields } from "../support/documented-json.ts";
import { DIGESTS, rolloutResult } from "../support/rollout-result.ts";

const NOW = Date.parse("2026-11-23T10:15:00.000Z");
const BUILD = { old: "f46a1b2c3d4e", next: "0a1b2c3d4e5f" };
const QUEUE = "video-processing@cpu";
const rests = { drift: [], lease: null, interrupted: null, restarts: 0 };

const status: StatusReport = {
	instances: [
		{
			...{ ...rests, instance: "cpu-1", generation: 4, verdict: "ok", detail: null, fix: null },
			running: { digest: DIGESTS.next, buildId: BUILD.next, since: "2026-11-23T07:15:00.000Z" },
			wanted: { digest: DIGESTS.next, buildId: BUILD.next },
			pollers: [
				{ role: "cpu", type: "workflow", verdict: "LIVE" },
				{ role: "cpu", type: "activity", verdict: "BUSY" },
			],
		},
		{
			...{ ...rests, instance: "vast-1", generation: 18, restarts: 3, verdict: "not-polling" },
			...{ detail: "restarted 3 times", fix: "cres logs vast-1" },
			running: { digest: DIGESTS.old, buildId: BUILD.old, since: "2026-11-20T10:15:00.000Z" },
			wanted: { digest: DIGESTS.old, buildId: BUILD.old },
			pollers: [{ role: "gpu", type: "activity", verdict: "STALE" }],
		},
		{
			...{ ...rests, instance: "vast-2", running: null, wanted: null, generation: null, pollers: [] },
			...{ verdict: "unreachable", detail: "vast-2 does not answer", fix: "cres endpoint rotate vast-2" },
		},
	],
	temporal: null,
};

const poller = (instance: string, container: string, build: string, verdict: "LIVE" | "STALE", age: number) => ({
	...{ queue: QUEUE, role: "cpu" as const, buildId: build, lastSeenMs: NOW - age, verdict },
	...{ type: "activity" as const, identity: `cpu@${instance}/${build}-${container}` },
});
const pollers: PollersReport = {
	rows: [
		poller("cpu-1", "1a2b3c4d", BUILD.next, "LIVE", 2_000),
		poller("cpu-1", "5e6f7a8b", BUILD.old, "STALE", 120_000),
		poller("cpu-2", "9c0d1e2f", BUILD.old, "STALE", 200_000),
	],
	backlog: [{ queue: QUEUE, type: "activity", count: 3, ageMs: 4_200 }],
	missing: [{ queue: "video-processing@gpu", type: "activity", role: "gpu" }],
};

const release = (hour: number, change: Partial<Release>): Release => ({
	...{
		id: `20261123T${hour}1500.123-${hour}`,
		instance: "cpu-1",
		at: `2026-11-23T${hour}:15:00.123Z`,
		generation: hour,
	},
	...{ image: `ghcr.io/owner/worker@${DIGESTS.old}`, digest: DIGESTS.old, buildId: BUILD.old, specHash: "s" },
	...{ spec: { env: { WORKER_CPU_THREADS: "4" }, secrets: {}, roles: ["cpu"], gpu: false }, outcome: "live" },
	...{ durationMs: 8_500, by: "ops@huihuang" },
	...change,
});
const releases = releaseRows([
	[
		release(10, {}),
		release(11, { digest: DIGESTS.next, buildId: BUILD.next, outcome: "rolled-back", by: "ci@runner" }),
		release(12, { spec: { env: { WORKER_CPU_THREADS: "8" }, secrets: {}, roles: ["cpu"], gpu: false } }),
	],
]);

const endpoint: ShownEndpoint = {
	...{ instance: "vast-1", driver: "vast", host: "ssh5.vast.ai", port: 11_319, via: "proxy", generation: 18 },
	...{
		contract: 36_717_044,
		fingerprint: `SHA256:${"k".repeat(43)}`,
		verifiedBy: "log",
		since: "2026-11-20T10:15:00.000Z",
	},
};
const here = {
	instance: "cpu-1",
	driver: "docker",
	host: "203.0.113.7",
	port: 22,
	via: null,
	generation: null,
} as const;
const endpoints: ShownEndpoint[] = [
	{ ...here, contract: null, fingerprint: `SHA256:${"h".repeat(43)}`, verifiedBy: null, since: null },
	endpoint,
];

const instances: InstanceList = {
	instances: [
		{ instance: "cpu-1", driver: "docker", roles: ["cpu"], endpoint: "203.0.113.7:22", contract: null, status: null },
		{ instance: "vast-1", driver: "vast", roles: ["gpu"], endpoint: null, contract: 36_717_044, status: "gone" },
	],
	contracts: [
		{
			...{ contract: 36_717_099, instance: null, label: "cres/video/vast-9", state: "ours-not-in-config" },
			...{
				status: "running",
				image: "ghcr.io/owner/worker:b-0a1b2c3d4e5f",
				endpoint: null,
				gpu: "1 × RTX 4090",
				dph: 0.31,
			},
		},
	],
};

const locks: Locks = {
	instance: "cpu-1",
	here: null,
	onInstance: { owner: "ci@runner", pid: 7, purpose: "deploy", since: "2026-11-23T10:14:00.000Z", token: 12 },
};

const jobs: JobList = {
	jobs: [
		{
			...{ workflowId: "video-0123456789ab", runId: "r", workflow: "VideoProcessingWorkflow", status: "running" },
			...{ startedAt: "2026-11-23T10:14:00.000Z", closedAt: null },
		},
	],
	more: false,
};

const removal: Removal = {
	...{ instance: "vast-1", outcome: "planned", removed: ["instances.vast-1 in /project/cres.yaml"] },
	left: ["contract 36717044, which stays rented and is paid for until it is destroyed"],
};

const report = {
	checks: [
		{ check: "node", status: "ok" as const, observed: "Node 24.21.0 on linux" },
		{
			...{ check: "host key of cpu-1", status: "fail" as const, fix: "cres instance adopt cpu-1" },
			observed: "cpu-1 shows another host key than the one that is pinned, which may be an attack or a new host",
		},
		{ check: "disk", status: "warn" as const, observed: "3.1 GB free", fix: "docker system prune" },
	],
	...{ failed: 1, warned: 1 },
};

const deployed = rolloutResult({
	changedSettings: ["WORKER_CPU_THREADS"],
	settingChanges: [{ name: "WORKER_CPU_THREADS", secret: false, before: "4", after: "8" }],
});
const failure = { code: "never_polled", message: "no worker polled within 60 s", hint: "cres logs api" };
const failed = rolloutResult({
	purpose: "rollback",
	outcome: "rolled-back",
	failure,
	logTail: ["Error: no namespace"],
	undo: null,
});

/** What stderr says of a rollout that failed. */
const failureText = (rollout: Rollout): string =>
	[
		...renderLog(rollout),
		...rolloutFailures(rollout, "cres rollback api").flatMap(({ message, hint, code }) => [
			`✖ ${message}`,
			`  → ${hint}`,
			`  code: ${code}`,
		]),
	].join("\n");

/** Screen, command whose JSON it is, the JSON, and the text. */
const SCREENS: readonly [screen: string, command: string, json: object, text: string][] = [
	["status", "status", status, renderStatus(status, NOW)],
	["pollers", "pollers", pollers, renderPollers(pollers, NOW)],
	["releases", "releases", { releases }, renderReleases(releases)],
	["deploy", "deploy", deployed, renderRollout(deployed)],
	["deploy --dry-run", "deploy", rolloutResult(), renderRollout(rolloutResult({ outcome: "planned" }))],
	["rollback that fails", "rollback", failed, failureText(failed)],
	["doctor", "doctor", report, renderReport(report)],
	["endpoint show", "endpoint show", { endpoints }, renderShown(endpoints)],
	["endpoint show vast-1", "endpoint show", { endpoints: [endpoint] }, renderOne(endpoint)],
	["instance list", "instance list", instances, renderList(instances)],
	["instance remove", "instance remove", removal, renderRemoval(removal)],
	["lock show", "lock show", locks, renderLocks(locks, NOW)],
	["job list", "job list", jobs, renderJobs(jobs, NOW)],
];
const documented = await documentedFields();

describe.each(SCREENS)("%s", (_screen, command, json, text) => {
	it("is this text, without and with colours", () => {
		expect(text).toMatchSnapshot("text");
		expect(paint(text, new Chalk({ level: 0 }))).toBe(text);
		expect(paint(text, new Chalk({ level: 1 })).replaceAll("\u001B", "")).toMatchSnapshot("coloured");
	});

	it("has the fields under --json that the guide documents", () => {
		expect(Object.keys(json).toSorted()).toEqual(documented.get(command)?.toSorted());
		expect(JSON.stringify(json, null, 2)).toMatchSnapshot("JSON");
	});
});

it("fits 80 columns wherever it is a table", () => {
	const isTable = (text: string) =>
		/^(?:INSTANCE|QUEUE|CONTRACT|JOB| {3}RELEASE) /m.test(text) || text.startsWith("✔ ok");
	const lines = SCREENS.filter(([, , , text]) => isTable(text)).flatMap(([, , , text]) => text.split("\n"));
	const tooWide = lines.filter((line) => line.length > 80 && !/→|^\S+: the account/.test(line));
	expect(lines.length).toBeGreaterThan(25);
	expect(tooWide).toEqual([]);
});
