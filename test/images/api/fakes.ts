import { createHash } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { buildApp } from "../../../images/api/app.ts";
import { DependencyError } from "../../../images/runtime/dependency-error.ts";
import { createHealth, type HealthOptions } from "../../../images/api/parts/health/service.ts";
import { createCatalogue } from "../../../images/api/parts/index/catalogue.ts";
import { createIndex } from "../../../images/api/parts/index/service.ts";
import { createJobs, type JobOptions } from "../../../images/api/parts/jobs/service.ts";
import { type CachePlace, createTranscriptions } from "../../../images/api/parts/transcriptions/service.ts";
import { enabledModules } from "../../../images/api/enabled.ts";
import { MODULES } from "../../../images/api/modules/all.ts";
import type { Access } from "../../../images/api/access.ts";
import type { ApiRole } from "../../../images/api/roles.ts";
import type { Store } from "../../../images/runtime/store.ts";
import { serve } from "../../support/web-server.ts";
import type { JobStart, SignalStart, Temporal } from "../../../images/runtime/temporal/client.ts";

/** What the api asks of it. */
type ApiStore = Pick<Store, "check" | "getText" | "putText" | "list">;

/** A bucket in memory that counts what is read, and fails when told to. */
function memoryStore() {
	const objects = new Map<string, { text: string; modified: Date }>();
	const state = { down: undefined as string | undefined, reads: [] as string[] };
	const up = (): void => {
		if (state.down !== undefined) throw new DependencyError(state.down);
	};
	const store: ApiStore = {
		check: async () => up(),
		async getText(key) {
			up();
			state.reads.push(key);
			return objects.get(key)?.text;
		},
		async putText(key, text) {
			up();
			objects.set(key, { text, modified: new Date("2026-01-02T03:04:05Z") });
			return { key, bytes: Buffer.byteLength(text) };
		},
		async *list(prefix) {
			up();
			for (const key of [...objects.keys()].filter((name) => name.startsWith(prefix)).sort()) {
				const { text, modified } = objects.get(key)!;
				yield { key, etag: createHash("md5").update(text).digest("hex"), modified };
			}
		},
	};
	const put = (key: string, content: unknown) =>
		store.putText(key, JSON.stringify(content), "application/json", AbortSignal.timeout(1));
	return { store, objects, state, put };
}

/** Temporal that holds executions: a second start under an id joins the first. */
function fakeTemporal() {
	const executions = new Map<string, JobStart & { runId: string }>();
	const state = { down: undefined as string | undefined };
	const start: Temporal["start"] = async (job) => {
		if (state.down !== undefined) throw new DependencyError(state.down);
		const known = executions.get(job.workflowId) ?? { ...job, runId: `run-${executions.size + 1}` };
		executions.set(job.workflowId, known);
		return known.runId;
	};
	const signals: SignalStart[] = [];
	const signal: Temporal["signal"] = async (job) => {
		const runId = await start(job);
		signals.push(job);
		return runId;
	};
	return { start, signal, signals, executions, state };
}

export interface TestAppOptions {
	role?: ApiRole;
	access?: Partial<Access>;
	cache?: CachePlace | undefined;
	health?: Partial<HealthOptions>;
	jobs?: Partial<JobOptions>;
	/** As ENABLED_MODULES; absent: all of the role. */
	modules?: readonly string[];
}

/** The api over fakes that the test can look into. */
export function testApp({ role = "control", access, health, jobs, modules = [], ...options }: TestAppOptions = {}) {
	const bucket = memoryStore();
	const temporal = fakeTemporal();
	const logged: { level: string; message: string; fields: Record<string, unknown> }[] = [];
	const log = (level: string, message: string, fields: Record<string, unknown> = {}): void => {
		logged.push({ level, message, fields });
	};
	const { signal } = new AbortController();
	const { store } = bucket;
	const catalogue = createCatalogue({ store, log, concurrency: 2 });
	const cache = "cache" in options ? options.cache : { prefix: "cache/transcriptions", schema: "v3" };
	const probes = { temporal: async () => {}, minio: store.check };
	const build = { buildId: "0123456789ab", version: "0.1.0" };
	const app = buildApp({
		role,
		access: { open: true, tokens: [], ratePerMinute: 120, now: () => 0, ...access },
		modules: enabledModules(modules, role, MODULES),
		isSelection: modules.length > 0,
		baseUrl: "/api/v1",
		build,
		log,
		health: createHealth({ role, buildId: build.buildId, pretended: false, probes, now: () => 0, log, ...health }),
		jobs: createJobs({ temporal, baseTaskQueue: "base", capacity: 4, category: undefined, ...jobs }),
		index: createIndex({ store, catalogue, signal }),
		transcriptions: createTranscriptions({ store, catalogue, cache, log, signal }),
	});
	return { app, bucket, temporal, logged };
}

/** A TCP server that accepts and never says a word. */
export async function silentServer() {
	const server = createTcpServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const sockets = new Set<{ destroy(): void }>();
	server.on("connection", (socket) => sockets.add(socket.on("error", () => {})));
	const { port } = server.address() as AddressInfo;
	return {
		address: `127.0.0.1:${port}`,
		connections: () => sockets.size,
		async [Symbol.asyncDispose]() {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, "close");
		},
	};
}

/** An engine's HTTP surface: the answers by path can be changed while it runs. */
export async function engineServer(answers: Record<string, { status: number; body: unknown }>) {
	const asked: string[] = [];
	const server = await serve((request, response) => {
		asked.push(request.url!);
		const { status, body } = answers[request.url!] ?? { status: 404, body: {} };
		response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
	});
	return { ...server, answers, asked };
}
