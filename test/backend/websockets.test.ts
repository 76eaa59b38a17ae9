import { readFile, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { restartBackend } from "../../src/backend/restart.ts";
import { ROOT } from "../support/sources.ts";
import { backendWorld, type World } from "./world.ts";

const PYTHON = join(ROOT, ".cres/venv/bin/python");
const APP = join(import.meta.dirname, "../fixtures/seed-app/src");
/** The seed's application in two processes of uvicorn. */
const uvicorn = (first: number) => ({
	api: {
		port: first,
		instances: 2,
		modules: ["jobs"],
		env: { PYTHONDONTWRITEBYTECODE: "1" },
		command: [PYTHON, "-m", "uvicorn", "trading_api.main:app", "--port", "{port}", "--app-dir", APP],
	},
});

const ROUTES = { websocket_routes: { jobs: "api" } };

/** Two processes that wait for their WebSockets to end, for ever. */
const patient = (first: number) => ({
	api: { port: first, instances: 2, modules: ["jobs"], command: [process.execPath, "patient.cjs", "{port}"] },
});
const PATIENT = `
const { createHash } = require("node:crypto");
const server = require("node:http").createServer((request, response) => response.end("{}")).listen(Number(process.argv[2]), "127.0.0.1");
server.on("upgrade", ({ headers }, socket) => {
	const key = createHash("sha1").update(headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
	socket.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: " + key + "\\r\\n\\r\\n");
	socket.resume().on("error", () => {});
});
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;

/** A WebSocket that is open, and when and how it was closed. */
async function open({ port }: World) {
	const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/jobs/ws`);
	onTestFinished(() => socket.close());
	const closed = once(socket, "close").then(([event]) => ({ code: (event as CloseEvent).code, at: performance.now() }));
	await Promise.race([once(socket, "open"), closed.then(() => Promise.reject(new Error("it is not opened")))]);
	return { socket, closed };
}

/** Says something and waits for the answer. */
async function said(socket: WebSocket, word: string): Promise<unknown> {
	const answer = once(socket, "message");
	socket.send(word);
	const [event] = (await answer) as [MessageEvent];
	return JSON.parse(String(event.data));
}

describe("a rolling restart with open WebSockets", () => {
	it("closes each with 1012 when its process ends, and has new ones answered all the time", async () => {
		const world = await backendWorld(uvicorn, { ...ROUTES, health_timeout: 30 });
		await world.start();
		// nginx gives them to the two processes in turn.
		const before = await Promise.all([open(world), open(world), open(world), open(world)]);
		expect(await Promise.all(before.map(({ socket }) => said(socket, "a")))).toEqual(
			before.map(() => ({ module: "jobs", said: "a" })),
		);
		let isOver = false;
		let opened = 0;
		const callers = (async () => {
			while (!isOver) {
				const { socket } = await open(world);
				expect(await said(socket, "b")).toEqual({ module: "jobs", said: "b" });
				socket.close();
				opened++;
				await delay(20);
			}
		})();
		const began = performance.now();
		const restarted = await restartBackend(world.ports, world.place, { generate: false });
		const took = performance.now() - began;
		isOver = true;
		await callers;
		expect(restarted.how).toBe("in-place");
		expect((await Promise.all(before.map(({ closed }) => closed))).map(({ code }) => code)).toEqual(
			before.map(() => 1012),
		);
		expect(opened).toBeGreaterThan(20);
		// Two processes that end at once and start again; nginx takes up to 4 s for each of three configurations.
		expect(took).toBeLessThan(30_000);
	});

	it("gives a server that waits for them the time of --timeout, then kills it", async () => {
		const world = await backendWorld(patient, ROUTES);
		await writeFile(join(world.place.root, "patient.cjs"), PATIENT);
		const { report } = await world.start();
		const sockets = await Promise.all([open(world), open(world)]);
		const began = performance.now();
		const restarted = await restartBackend(world.ports, world.place, { generate: false, graceMs: 1_000 });
		const took = performance.now() - began;
		const pids = restarted.report.servers.map(({ pid }) => pid);
		for (const { pid } of report.servers) expect(pids).not.toContain(pid);
		const ends = await Promise.all(sockets.map(({ closed }) => closed));
		expect(ends.map(({ code }) => code)).toEqual([1006, 1006]);
		// 4 s and 1 s for each, and 4 s for the last configuration; 30 s each without --timeout.
		expect(took).toBeLessThan(25_000);
		const log = await readFile(join(world.place.logs, "backend-unified.log"), "utf8");
		expect(log).not.toContain("[ERROR]");
	});
});
