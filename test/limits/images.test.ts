import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { llamaAt, type Llama } from "../../images/runtime/engines/llama.ts";
import { whisperAt, type Whisper } from "../../images/runtime/engines/whisper.ts";
import { send } from "../../images/runtime/http.ts";
import { openStore, type Store } from "../../images/runtime/store.ts";
import { connectTemporal as connectRuntime, type Temporal as Runtime } from "../../images/runtime/temporal/client.ts";
import { createIndexActivities } from "../../images/worker/activities/index.ts";
import { connectTemporal, type Temporal } from "../../src/temporal/temporal.ts";
import { attempt } from "../images/activities/attempt.ts";
import { BAD_PEERS, badServer, endsByItself, type BadPeer } from "../support/bad-peers.ts";

const NEVER = new AbortController().signal;
type Calls<Client> = Record<keyof Client, ((client: Client) => Promise<unknown>) | "local">;

async function allEnd<Client extends object>(client: Client, calls: Calls<Client>, how: RegExp): Promise<void> {
	expect(Object.keys(client).toSorted()).toEqual(Object.keys(calls).toSorted());
	await Promise.all(
		(Object.entries(calls) as [string, Calls<Client>[keyof Client]][]).map(async ([name, call]) => {
			if (call === "local") return;
			const error = await endsByItself(name, () => call(client));
			expect(error, name).toBeInstanceOf(Error);
			expect(`${(error as Error).name} ${(error as { code?: string }).code}`, name).toMatch(how);
		}),
	);
}

const job = { type: "t", workflowId: "w", queue: "q", args: [] };
const execution = { workflowId: "w", runId: "r" };
const RUNTIME: Calls<Runtime> = {
	check: (one) => one.check(NEVER),
	start: (one) => one.start(job),
	signal: (one) => one.signal({ ...job, signal: "s", message: 1 }),
	close: "local",
};
const TOOLKIT: Calls<Temporal> = {
	...{ address: "local", namespace: "local", ahead: "local", close: "local" },
	queueStatus: (one) => one.queueStatus("q", "workflow"),
	heartbeats: (one) => one.heartbeats("q"),
	prepareNamespace: (one) => one.prepareNamespace(),
	namespaceExists: (one) => one.namespaceExists(),
	startJob: (one) => one.startJob({ type: "t", workflowId: "w", queue: "q", input: 1 }),
	jobState: (one) => one.jobState({ ...execution, started: true }),
	jobEnd: (one) => one.jobEnd({ ...execution, started: true }),
	listJobs: (one) => one.listJobs("q", { running: true, limit: 1 }),
	findJob: (one) => one.findJob("w"),
	cancelJob: (one) => one.cancelJob(execution),
	deleteJob: (one) => one.deleteJob("job"),
};

describe.each(BAD_PEERS)("A16: a server that is %s", (how) => {
	it("ends every question to Temporal, from here and from an image", async () => {
		const { host: address } = await badServer(how, "");
		const temporal = await connectTemporal({ address, namespace: "default", deadlineMs: 200 });
		await allEnd(temporal, TOOLKIT, /temporal_unreachable/);
		await temporal.close();
		const runtime = connectRuntime({ address, namespace: "default" }, 200);
		await allEnd(runtime, RUNTIME, /^DependencyError/);
		await runtime.close();
	});

	it("ends every question of an image to the object store", async () => {
		const store = await storeAt(how);
		const folder = await mkdtemp(join(tmpdir(), "cres-limits-"));
		onTestFinished(() => rm(folder, { recursive: true, force: true }));
		const [up, down] = [join(folder, "up"), join(folder, "down")];
		await writeFile(up, "content");
		const isAnswer = how !== "silent";
		const STORE: Calls<Store> = {
			...{ bucket: "local", close: "local" },
			check: isAnswer ? "local" : (one) => one.check(NEVER), // a HEAD has no body
			putFile: (one) => one.putFile("k", up, "text/plain", NEVER),
			putText: (one) => one.putText("k", "x", "text/plain", NEVER),
			getText: (one) => one.getText("k", NEVER),
			// the size of an object that is streamed is its reader's matter, see images/models/download.ts
			getFile: how === "endless" ? "local" : (one) => one.getFile("k", down, NEVER),
			open: isAnswer ? "local" : (one) => one.open("k", undefined, NEVER),
			list: (one) => Array.fromAsync(one.list("", NEVER)),
			remove: (one) => one.remove("k", NEVER),
		};
		await allEnd(store, STORE, /^DependencyError/);
		await store.close();
	});

	it("ends the call that has an index renewed", async () => {
		const { host, open } = await badServer(how);
		const place = { reindexUrl: `http://${host}/admin/reindex`, reindexToken: "cres_token" };
		const { refresh_index } = createIndexActivities(place, 300);
		const error = await endsByItself("refresh_index", () => attempt(refresh_index));
		// Its answer is its status: the body is not read.
		const told = error === undefined ? "answered" : (error as Error).message;
		expect(told).toMatch(how === "silent" ? /does not answer: .*timeout/ : /^answered$/);
		await vi.waitFor(() => expect(open.size).toBe(0), 3_000);
	});

	it("ends every question to an engine", async () => {
		const { host } = await badServer(how);
		const origin = `http://${host}`;
		const audio = { path: import.meta.filename, name: "a.wav" };
		const WHISPER: Calls<Whisper> = {
			health: (one) => one.health(NEVER, 300),
			transcribe: (one) => one.transcribe(audio, NEVER, 300),
		};
		const LLAMA: Calls<Llama> = {
			health: (one) => one.health(NEVER, 300),
			props: (one) => one.props(NEVER, 300),
			complete: (one) => one.complete({}, NEVER, 300),
		};
		await allEnd(whisperAt(origin), WHISPER, /^EngineError/);
		await allEnd(llamaAt(origin), LLAMA, /^EngineError/);
	}, 20_000);
});

it("A16: an answer that has begun must be whole in time, however long the engine may think", async () => {
	const { host } = await badServer("dripping");
	await expect(send(new URL(`http://${host}`), undefined, NEVER, 150)).rejects.toThrow("no whole answer in 0.15 s");
});

const storeAt = async (how: BadPeer) => {
	const settings = { bucket: "cres", accessKey: "a", secretKey: "s", keysFrom: "" };
	const { host } = await badServer(how);
	const client = { maxAttempts: 1 };
	return openStore({ endpoint: `http://${host}`, ...settings }, { limit: 300, stall: 300, client });
};
