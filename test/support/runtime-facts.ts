import { formatIdentity } from "../../src/contracts/identity.ts";
import {
	FACTS_VERSION,
	type ControlFacts,
	type InsideFacts,
	type InstanceFacts,
	type RuntimeFacts,
} from "../../src/checks/runtime/facts.ts";

/** Noon of a day, by the clock of the control host. */
export const NOON = Date.parse("2026-11-29T12:00:00Z");
export const BUILD = "0123456789ab";
const GIB = 1024 ** 3;
const REQUIRED = ["MINIO_ACCESS_KEY", "MINIO_ENDPOINT", "MINIO_SECRET_KEY", "TEMPORAL_ADDRESS", "WORKER_INSTANCE_NAME"];

const program = (name: string) => ({
	...{ name, state: "RUNNING", pid: 20, exitStatus: 0, spawnError: "", startedAt: NOON - 3_600_000, stoppedAt: 0 },
});

const rungs = (last: string) =>
	["resolver", "tcp", "answer", "credential", last].map((rung) => ({ rung, ok: true, detail: "well", ms: 1 }));

/** What a healthy container says. */
export const healthyInside = (over: Partial<InsideFacts> = {}): InsideFacts => ({
	at: NOON,
	build: { buildId: BUILD, revision: "9f8e7d6c5b4a3210", version: "1.0.0", created: "2026-11-29T09:00:00Z" },
	contract: null,
	supervisor: {
		...{ state: "answers", detail: "4 programs" },
		programs: ["api", "watchdog", "models", "workers:worker-cpu"].map(program),
	},
	health: {
		...{ port: 8100, status: 200 },
		answer: JSON.stringify({
			...{ role: "compute", api: "ok", temporal: "ok", minio: "ok", llama: "ok", whisper: "n/a" },
			...{ reasons: {}, pretended: false, buildId: BUILD },
		}),
	},
	onStart: { rollout: null, ran: false },
	disks: [{ path: "/", total: 32 * GIB, free: 20 * GIB, inodes: 1_000_000, freeInodes: 900_000 }],
	memory: { limit: 8 * GIB, used: 4 * GIB, reclaimable: GIB, oomKills: 0 },
	gpu: { pretended: false, cudaImage: "", cudaDriver: "", devices: [], failure: "spawn nvidia-smi ENOENT" },
	listeners: [{ port: 8100, address: "0100007F", pid: 30, command: "node /app/images/api/main.js", managed: true }],
	strays: [],
	targets: [{ program: "api", path: "/app/images/api/main.js", exists: true }],
	environment: { names: REQUIRED, worker: REQUIRED, odd: [], disagree: [] },
	certificates: [{ what: "temporal at temporal:7233", subject: "temporal", notAfter: NOON + 90 * 86_400_000 }],
	ladders: [
		{ dependency: "temporal", address: "10.0.0.5:7233", rungs: rungs("namespace") },
		{ dependency: "store", address: "10.0.0.5:9000", rungs: rungs("bucket") },
	],
	missed: {},
	...over,
});

export const identity = (instance: string, container = "aaaaaaaa") =>
	formatIdentity({ role: "cpu", instance, buildId: BUILD, container });

/** What is seen of a healthy instance. */
export const healthyInstance = (over: Partial<InstanceFacts> = {}): InstanceFacts => ({
	...{ name: "cpu-1", driver: "docker", roles: ["cpu"], takenAt: NOON, tookMs: 200 },
	endpoint: { at: "203.0.113.7:22", fingerprint: "SHA256:abc", verifiedBy: null, since: null },
	unreachable: null,
	container: {
		...{ digest: "sha256:aa", buildId: BUILD, since: "2026-11-29T11:00:00.000Z", restarts: 0 },
		identities: [identity("cpu-1")],
	},
	...{ containers: 1, stopped: null, gpu: false, holder: null },
	releases: [
		{
			id: "20261129T105900.000-1",
			at: "2026-11-29T11:00:30.000Z",
			buildId: BUILD,
			digest: "sha256:aa",
			outcome: "live",
		},
	],
	...{ drift: [], inside: healthyInside(), insideFailure: null, aheadMs: 20, aheadWithinMs: 150, log: [] },
	...over,
});

/** What is seen from the control side while all is well. */
export const healthyControl = (over: Partial<ControlFacts> = {}): ControlFacts => ({
	takenAt: NOON,
	dependencies: [
		{ name: "temporal", address: "127.0.0.1:7233", failure: null, container: null },
		{ name: "store", address: "127.0.0.1:9000", failure: null, container: null },
	],
	queues: (["workflow", "activity"] as const).map((type) => ({
		...{ queue: "video-processing@cpu", type, role: "cpu", routed: null },
		pollers: [{ identity: identity("cpu-1"), buildId: BUILD, lastSeenMs: NOON - 5_000, verdict: "LIVE" }],
		backlog: { count: 0, ageMs: 0, addRate: 0, dispatchRate: 0 },
	})),
	api: null,
	instances: ["cpu-1"],
	...over,
});

export const runtimeFacts = (over: Partial<RuntimeFacts> = {}): RuntimeFacts => ({
	...{ version: FACTS_VERSION, control: healthyControl(), instances: [healthyInstance()], notAsked: [] },
	...over,
});

/** What a call to cpu-1 failed with. */
export const failed = (code: string, message: string) => ({ code, message, hint: "cres endpoint discover cpu-1" });

/** A container whose api is in this state of supervisord. */
export const apiIs = (state: string, exitStatus = 1): Partial<InsideFacts> => ({
	supervisor: {
		...{ state: "answers", detail: "" },
		programs: healthyInside().supervisor!.programs.map((one) =>
			one.name === "api" ? { ...one, state, exitStatus } : one,
		),
	},
});

/** A container that gets to a dependency no further than this rung. */
export const brokenAt = (dependency: "temporal" | "store", rung: string, detail: string): Partial<InsideFacts> => ({
	ladders: healthyInside().ladders!.map((ladder) => {
		if (ladder.dependency !== dependency) return ladder;
		const at = ladder.rungs.findIndex((one) => one.rung === rung);
		return { ...ladder, rungs: [...ladder.rungs.slice(0, at), { rung, ok: false, detail, ms: 9 }] };
	}),
});
