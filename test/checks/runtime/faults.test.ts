import { describe, expect, it } from "vitest";
import { loadRuntimeChecks } from "../../../src/checks/registry.ts";
import { judgeFacts } from "../../../src/checks/runtime/judge.ts";
import type { ControlFacts, InsideFacts, InstanceFacts, RuntimeFacts } from "../../../src/checks/runtime/facts.ts";
import { findingsOf } from "../../../src/checks/triage-report.ts";
import {
	BUILD,
	NOON,
	apiIs,
	brokenAt,
	failed,
	healthyControl,
	healthyInside,
	healthyInstance,
	identity,
	runtimeFacts,
} from "../../support/runtime-facts.ts";

const checks = await loadRuntimeChecks();
const found = (facts: RuntimeFacts) =>
	findingsOf(judgeFacts(checks, facts)).map(({ code, message }) => `${code} ${message}`);

const inside = (over: Partial<InsideFacts>) =>
	found(runtimeFacts({ instances: [healthyInstance({ inside: healthyInside(over) })] }));
const instance = (over: Partial<InstanceFacts>) => found(runtimeFacts({ instances: [healthyInstance(over)] }));
const control = (over: Partial<ControlFacts>) => found(runtimeFacts({ control: healthyControl(over) }));

const [workflow, activity] = healthyControl().queues;

describe("a healthy system", () => {
	it("gives no finding, and every check that applies says what it looked at", () => {
		const results = judgeFacts(checks, runtimeFacts());
		expect(findingsOf(results)).toEqual([]);
		expect(results.map(({ outcome }) => outcome.couldNotLook ?? []).flat()).toEqual([]);
		expect(results.every(({ outcome }) => outcome.looked !== "")).toBe(true);
		expect(new Set(results.map(({ check }) => check.code)).size).toBe(checks.length);
	});
});

describe("each fault is named", () => {
	it.for<[string, string[], string[]]>([
		[
			"TR101",
			instance({ unreachable: failed("instance_unreachable", "cpu-1 does not answer at 203.0.113.7:22") }),
			["TR101 cpu-1 does not answer at 203.0.113.7:22"],
		],
		[
			"TR102",
			instance({ unreachable: failed("host_key_mismatch", "203.0.113.7:22 shows another host key") }),
			["TR102 203.0.113.7:22 shows another host key"],
		],
		[
			"TR103 stopped",
			instance({
				container: null,
				containers: 0,
				inside: null,
				stopped: { detail: "its container is stopped", fix: "cres start cpu-1" },
			}),
			["TR103 its container is stopped"],
		],
		["TR103 two", instance({ containers: 2 }), ["TR103 2 containers of ours run on cpu-1"]],
		[
			"TR104 other",
			instance({ container: { ...healthyInstance().container!, digest: "sha256:bb" } }),
			[`TR104 cpu-1 runs build ${BUILD}, but the last release is ${BUILD}`],
		],
		[
			"TR104 inside",
			inside({ build: { ...healthyInside().build!, buildId: "ffffffffffff" } }),
			[`TR104 the container of cpu-1 is labelled build ${BUILD}, but its image says that it is ffffffffffff`],
		],
		[
			"TR104 none",
			instance({ releases: [] }),
			[`TR104 cpu-1 runs build ${BUILD}, but no release of it is on record here`],
		],
		[
			"TR105",
			instance({ drift: ["MINIO_SECRET_KEY"] }),
			["TR105 MINIO_SECRET_KEY has changed since the container of cpu-1 was made"],
		],
		[
			"TR106",
			instance({ container: { ...healthyInstance().container!, restarts: 7 } }),
			["TR106 the container of cpu-1 was restarted 7 times"],
		],
		[
			"TR110 silent",
			inside({ supervisor: { state: "silent", detail: "no answer in 3 s", programs: [] } }),
			["TR110 supervisord does not answer in the container of cpu-1: no answer in 3 s"],
		],
		["TR110 stopped", inside(apiIs("STOPPED")), ["TR110 api of cpu-1 is STOPPED: its log does not say why"]],
		[
			"TR112",
			inside({ targets: [{ program: "api", path: "/app/images/api/main.js", exists: false }] }),
			["TR112 /app/images/api/main.js, which api of cpu-1 is started from, is not in the image"],
		],
		[
			"TR113",
			inside({ strays: [{ pid: 4711, command: "node /app/images/api/main.js" }] }),
			["TR113 node /app/images/api/main.js runs on cpu-1 beside supervisord"],
		],
		[
			"TR114",
			inside({
				listeners: [{ port: 8100, address: "0100007F", pid: 9, command: "python3 -m http.server", managed: false }],
			}),
			["TR114 port 8100 of cpu-1 is held by python3 -m http.server, which supervisord did not start"],
		],
		[
			"TR115 silent",
			inside({ health: { port: 8100, status: null, answer: "connect ECONNREFUSED" } }),
			["TR115 the api of cpu-1 does not answer on port 8100: connect ECONNREFUSED"],
		],
		[
			"TR115 other",
			inside({ health: { port: 8100, status: 200, answer: "<html>" } }),
			["TR115 what answers on port 8100 of cpu-1 is not our api (HTTP 200)"],
		],
		[
			"TR120",
			inside(brokenAt("temporal", "tcp", "no answer in 2.5 s")),
			["TR120 temporal at 10.0.0.5:7233 as cpu-1 sees it fails at the rung tcp: no answer in 2.5 s; resolver ok"],
		],
		[
			"TR121",
			inside(brokenAt("store", "credential", "InvalidAccessKeyId (HTTP 403)")),
			[
				"TR121 store at 10.0.0.5:9000 as cpu-1 sees it fails at the rung credential: InvalidAccessKeyId (HTTP 403); resolver, tcp, answer ok",
			],
		],
		[
			"TR122",
			inside({ certificates: [{ what: "temporal at t:7233", subject: "t", notAfter: NOON - 3.5 * 86_400_000 }] }),
			["TR122 the certificate temporal at t:7233 has expired 3 days ago, as cpu-1 sees it"],
		],
		[
			"TR130",
			inside({ disks: [{ path: "/", total: 32 * 1024 ** 3, free: 100 * 1024 ** 2, inodes: 0, freeInodes: 0 }] }),
			["TR130 / of cpu-1 is full: 100 MiB of 32.0 GiB left"],
		],
		[
			"TR131",
			inside({ memory: { limit: 1024 ** 3, used: 1024 ** 2, reclaimable: 0, oomKills: 3 } }),
			["TR131 the kernel has ended 3 processes of cpu-1 for want of memory"],
		],
		["TR133", instance({ aheadMs: -420_000 }), ["TR133 the clock of cpu-1 is 7 min behind the control host's"]],
		[
			"TR134 lost",
			inside({
				environment: {
					names: healthyInside().environment!.names,
					worker: ["MINIO_ENDPOINT", "MINIO_ACCESS_KEY", "TEMPORAL_ADDRESS", "WORKER_INSTANCE_NAME"],
					odd: [],
					disagree: [],
				},
			}),
			["TR134 MINIO_SECRET_KEY is set in the container of cpu-1, but not in its worker"],
		],
		[
			"TR134 misspelt",
			inside({
				environment: {
					names: [
						...healthyInside().environment!.names.filter((name) => name !== "MINIO_SECRET_KEY"),
						"MINIO_SECRT_KEY",
					],
					worker: null,
					odd: [],
					disagree: [],
				},
			}),
			["TR134 MINIO_SECRET_KEY is not set in the container of cpu-1; MINIO_SECRT_KEY is, which nothing reads"],
		],
		[
			"TR151",
			control({ queues: [workflow!, { ...activity!, pollers: [] }] }),
			["TR151 no worker polls video-processing@cpu (activity tasks)"],
		],
		[
			"TR152",
			control({
				queues: [workflow!, { ...activity!, backlog: { count: 90, ageMs: 60_000, addRate: 3.1, dispatchRate: 0.4 } }],
			}),
			["TR152 the backlog of video-processing@cpu (activity) grows: 3.1 tasks/s come, 0.4 are taken"],
		],
		[
			"TR153",
			control({ queues: [workflow!, { ...activity!, routed: "1b2c1b2c1b2c" }] }),
			[`TR153 video-processing@cpu (activity) is routed to build 1b2c1b2c1b2c, which nobody polls; ${BUILD} does`],
		],
		[
			"TR154",
			control({
				queues: [
					{
						...workflow!,
						pollers: [
							...workflow!.pollers,
							{ identity: "4711@laptop", buildId: null, lastSeenMs: NOON, verdict: "LIVE" },
						],
					},
					activity!,
				],
			}),
			["TR154 4711@laptop polls video-processing@cpu, but is no worker of our images"],
		],
		[
			"TR154 twins",
			control({
				queues: [
					workflow!,
					{
						...activity!,
						pollers: [...activity!.pollers, { ...activity!.pollers[0]!, identity: identity("cpu-1", "bbbbbbbb") }],
					},
				],
			}),
			["TR154 2 containers of cpu-1 poll video-processing@cpu at the same time"],
		],
		[
			"TR155",
			control({ api: { url: "http://127.0.0.1:8100/health", status: 502, answer: "fetch failed" } }),
			["TR155 what answers at http://127.0.0.1:8100/health is not our api (HTTP 502)"],
		],
	])("%s", ([, messages, expected]) => expect(messages).toEqual(expected));
});
