import { join } from "node:path";
import type { Config } from "../../src/config/config.ts";
import { readConfigText } from "../../src/config/faults.ts";
import { BUILD_INFO_PATH } from "../../src/contracts/build-info.ts";
import { Secret } from "../../src/secrets/secret.ts";
import type { Engine } from "../../src/smoke/engine.ts";
import type { SmokeOptions } from "../../src/smoke/open.ts";
import type { SmokePorts } from "../../src/smoke/ports.ts";
import type { S3 } from "../../src/store/s3.ts";
import type { Poller } from "../../src/temporal/replies.ts";
import type { Temporal } from "../../src/temporal/temporal.ts";
import type { Clock } from "../../src/system/clock.ts";
import { silent } from "../../src/system/progress.ts";
import { digestOfBuild, fakeRegistry } from "../support/fake-registry.ts";
import { virtualClock } from "../support/virtual-clock.ts";
import { FakeEngine } from "./fake-engine.ts";

export const BUILD = "0123456789ab";
export const DIGEST = digestOfBuild(BUILD);
const PINNED = `sha256:${"a".repeat(64)}`;

const TEXT = `project: rehearsal
image: { repository: owner/worker }
registry: { push: { address: "registry.test", tls: false } }
temporal: { address: "127.0.0.1:7233", instance_address: "10.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000", instance_endpoint: "10.0.0.1:9000" }
`;
/** Its docs/Perimeter.md allows what the text above has in clear. */
const PROJECT = join(import.meta.dirname, "../fixtures/smoke");
const IMAGES = `smoke: { dependencies: { temporal: "registry.test/temporal@${PINNED}", store: "docker.test/store@${PINNED}" } }
`;

/** A Temporal and a store that answer as a test wants, and remember what they were told. */
class FakeServers {
	/** Why the namespace cannot be asked for. */
	temporalFault: (() => Error | undefined) | undefined;
	pollers: Poller[] = [];
	keys: string[] = [];
	deletedJobs: string[] = [];
	connectedTo: unknown[] = [];

	temporal(): Temporal {
		const none = () => Promise.reject(new Error("no jobs here"));
		return {
			...{ address: "127.0.0.1:7233", namespace: "default" },
			queueStatus: async () => ({ pollers: this.pollers, backlog: { count: 0, ageMs: 0 } }),
			heartbeats: async () => [],
			prepareNamespace: async () => false,
			namespaceExists: async () => {
				const fault = this.temporalFault?.();
				if (fault) throw fault;
				return true;
			},
			...{ startJob: none, jobState: none, jobEnd: none, listJobs: none, cancelJob: none },
			findJob: async () => undefined,
			deleteJob: async (id) => void this.deletedJobs.push(id),
			close: async () => {},
		};
	}

	s3(): S3 {
		return {
			...{ endpoint: "127.0.0.1:9000", bucket: "cres" },
			call: async ({ method, key, query }) => {
				if (method === "DELETE") this.keys = this.keys.filter((one) => one !== key);
				const listed = this.keys.filter((one) => one.startsWith(query?.["prefix"] ?? ""));
				const content = Buffer.from(listed.map((one) => `<Key>${one}</Key>`).join(""));
				return { status: 200, ok: true, headers: {}, content };
			},
		};
	}
}

export interface SmokeWorld {
	engine: FakeEngine;
	servers: FakeServers;
	ports: SmokePorts;
	clock: Clock;
	notes: string[];
	interrupt: AbortController;
	open: () => Promise<Engine>;
}

/** Ports of a smoke test over things that are held in memory. */
export function makeSmokeWorld({ images = false, clock = virtualClock() as Clock } = {}): SmokeWorld {
	const read = readConfigText(TEXT + (images ? IMAGES : ""));
	if ("faults" in read) throw new Error(JSON.stringify(read.faults));
	const secret = (name: string) => new Secret(`value-of-${name}`);
	const config = { ...read.settings, temporalTls: undefined, secret, root: PROJECT } as unknown as Config;
	const [engine, servers, interrupt] = [new FakeEngine(), new FakeServers(), new AbortController()];
	const notes: string[] = [];
	engine.files.set(BUILD_INFO_PATH, JSON.stringify({ buildId: BUILD, revision: "r", version: "1", created: "c" }));
	// The probe's answer: everything is reached at once.
	engine.behaviours["probe"] = (probe) => {
		const [targets] = JSON.parse(probe.order.env!["CRES_PROBE"]!) as [{ name: string; host: string }[]];
		probe.log = [JSON.stringify(targets.map(({ name, host }) => ({ name, ok: true, detail: host, ms: 5 })))];
		Object.assign(probe, { state: "exited" });
	};
	const ports: SmokePorts = {
		...{ config, clock, credential: undefined, signal: interrupt.signal },
		progress: { ...silent, note: (text) => void notes.push(text) },
		processes: { find: async () => ({ startedAt: "boot/1" }) },
		registry: async () => fakeRegistry("registry.test", [{ buildId: BUILD }]),
		docker: async () => ({ host: engine.host, context: "default" }),
		temporal: async () => servers.temporal(),
		s3: async () => servers.s3(),
		connectTemporal: async (options) => {
			servers.connectedTo.push(options);
			return servers.temporal();
		},
		connectS3: async (options) => {
			servers.connectedTo.push(options);
			return servers.s3();
		},
	};
	return { engine, servers, ports, clock, notes, interrupt, open: async () => engine };
}

export const OPTIONS: SmokeOptions = {
	...({ reference: DIGEST, role: "auto", against: undefined, keep: false, version: "0.1.0" } as const),
};
