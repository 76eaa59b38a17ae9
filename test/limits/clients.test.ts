import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { hasCode } from "../../src/errors/errors.ts";
import { askReport, askRestart, askStop } from "../../src/backend/control.ts";
import { createRegistry } from "../../src/registry/registry.ts";
import { openEngine } from "../../src/smoke/docker-engine.ts";
import type { Engine } from "../../src/smoke/engine.ts";
import { DOCKER_LIMITS } from "../../src/system/docker-calls.ts";
import { BAD_PEERS, badServer, endsByItself, misbehave, type BadPeer } from "../support/bad-peers.ts";

const NEVER = new AbortController().signal;
const LIMITS = { ...DOCKER_LIMITS, answerMs: 150, changeMs: 150, stallMs: 150 };
const BYTES = { answerBytes: 1 << 20, logBytes: 1 << 20, eventBytes: 1 << 20 };

const streams = () => {
	const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
	stdout.resume();
	return { stdin, stdout, stderr, signal: NEVER };
};

/** Every question of a smoke test to a daemon. A new method of Engine has to be added here. */
const ENGINE: Record<keyof Engine, ((engine: Engine) => Promise<unknown>) | "local"> = {
	host: "local",
	facts: (engine) => engine.facts(),
	pull: (engine) => engine.pull("registry.test/o/w@sha256:1", () => {}, NEVER),
	createNetwork: (engine) => engine.createNetwork("n", {}),
	create: (engine) => engine.create({ name: "c", image: "i", network: "n", labels: {} }),
	start: (engine) => engine.start("c1"),
	container: (engine) => engine.container("c1"),
	stop: (engine) => engine.stop("c1", 0),
	exec: (engine) => engine.exec("c1", ["true"], { signal: NEVER, timeout: 60_000 }),
	attach: (engine) => engine.attach("c1", ["true"], streams()),
	read: (engine) => engine.read("c1", "/app/build-info.json"),
	has: (engine) => engine.has("c1", "/app/boot"),
	log: (engine) => engine.log("c1", 10),
	things: (engine) => engine.things(),
	remove: (engine) => engine.remove({ kind: "container", id: "c1" }),
};

describe.each(BAD_PEERS)("A16: a peer that is %s", (how) => {
	it("ends every question of a smoke test to its Docker daemon", async () => {
		const { socket } = await badServer(how);
		const place = { host: `unix://${socket}`, registry: "registry.test", credential: undefined, signal: NEVER };
		const engine = await openEngine({ ...place, limits: { ...LIMITS, ...BYTES } });
		expect(Object.keys(engine).toSorted()).toEqual(Object.keys(ENGINE).toSorted());
		await Promise.all(
			Object.entries(ENGINE).map(async ([name, call]) => {
				if (call === "local") return;
				const error = await endsByItself(name, () => call(engine));
				// The last lines of a log are no reason to fail, and a HEAD whose head has come is answered.
				const mayEnd = name === "log" || (name === "has" && how !== "silent");
				expect(mayEnd || hasCode(error, "docker_failed"), name).toBe(true);
			}),
		);
	});

	it("ends every question to the supervisor of a backend", async () => {
		const { host } = await badServer(how);
		const directory = await mkdtemp(join(tmpdir(), "cres-backend-"));
		onTestFinished(() => rm(directory, { recursive: true, force: true }));
		await mkdir(join(directory, "state"));
		const control = { version: 1, nonce: "n", token: "t", port: Number(host.split(":")[1]) };
		await writeFile(join(directory, "state/control.json"), JSON.stringify(control));
		const place = { directory } as never;
		const calls = {
			askReport: async () => expect(await askReport(place, 200)).toBeUndefined(),
			askStop: () => askStop(place, 0, AbortSignal.timeout(200)),
			askRestart: async () => expect(await askRestart(place, 0, 200)).toBe(false),
		};
		for (const [name, call] of Object.entries(calls)) expect(await endsByItself(name, call), name).toBeUndefined();
	});

	it.each(["POST", "PUT"] as const)("ends an upload to a registry at its %s", async (method) => {
		const registry = createRegistry({ address: await uploadsUntil(method, how), tls: false }, undefined, {
			...{ timeoutMs: 100, tries: 1 },
		});
		const put = () => registry.putBlob("o/w", Buffer.from("x"), "text/plain");
		expect(await endsByItself(method, put)).toMatchObject({ code: "registry_unreachable" });
	});
});

/** A registry that takes an upload until that request. */
async function uploadsUntil(method: "POST" | "PUT", how: BadPeer): Promise<string> {
	const server = createServer((request, response) => {
		request.resume();
		response.on("error", () => {});
		if (request.method === method) {
			if (how !== "silent") response.writeHead(method === "POST" ? 202 : 201, { location: "/v2/o/w/blobs/uploads/1" });
			return misbehave(how, response);
		}
		response.writeHead(request.method === "HEAD" ? 404 : 202, { location: "/v2/o/w/blobs/uploads/1" }).end();
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
