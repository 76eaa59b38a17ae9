import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import { PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { UserError } from "../../src/errors/errors.ts";
import { pushImage } from "../../src/image/push.ts";
import type { ContainerHost } from "../../src/instances/docker/container-host.ts";
import type { DaemonSession } from "../../src/instances/docker/daemon.ts";
import { createDockerHost } from "../../src/instances/docker/docker-host.ts";
import { openRelay } from "../../src/instances/docker/relay.ts";
import type { DockerLimits } from "../../src/system/docker-calls.ts";
import { frame, startDockerEngine } from "../support/docker-engine.ts";
import { BAD_PEERS, badServer, endsByItself, misbehave, type BadPeer } from "../support/bad-peers.ts";

const NEVER = new AbortController().signal;
const LIMITS: DockerLimits = {
	...{ answerMs: 150, changeMs: 150, stallMs: 150, answerBytes: 1 << 20, logBytes: 1 << 20, eventBytes: 1 << 20 },
};
const SPEC = {
	...{ name: "shop-g1", image: "registry.test/o/w@sha256:1", env: {}, secrets: {}, labels: {} },
	...{ memoryMb: undefined, gpu: false },
};
const streams = () => {
	const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
	return { stdin, stdout, stderr, terminal: undefined, signal: NEVER };
};
const all = async (lines: AsyncIterable<string>) => void (await Array.fromAsync(lines));

/** Every question to a daemon. A new method of ContainerHost has to be added here. */
const CALLS: Record<keyof ContainerHost, ((host: ContainerHost) => Promise<unknown>) | "local"> = {
	facts: (host) => host.facts(),
	freeBytes: "local", // a program over ssh, see ssh.test.ts
	containers: (host) => host.containers({ a: "b" }),
	listed: (host) => host.listed({ a: "b" }),
	container: (host) => host.container("c1"),
	environment: (host) => host.environment("c1"),
	hasImage: (host) => host.hasImage("registry.test/o/w@sha256:1"),
	pull: (host) => host.pull("registry.test/o/w@sha256:1", () => {}, NEVER),
	create: (host) => host.create(SPEC),
	start: (host) => host.start("c1"),
	stop: (host) => host.stop("c1", 0),
	remove: (host) => host.remove("c1"),
	exec: (host) => host.exec("c1", ["true"], { signal: NEVER, timeout: 60_000 }),
	attach: (host) => host.attach("c1", ["true"], streams()),
	logs: (host) => all(host.logs("c1", { tail: 10 })),
	volumes: (host) => host.volumes({ a: "b" }),
	createVolume: (host) => host.createVolume("v", {}),
	removeVolume: (host) => host.removeVolume("v"),
	now: (host) => host.now(),
	images: (host) => host.images("label"),
	removeImage: (host) => host.removeImage("i1"),
	onLost: "local",
	ignoreInterrupts: "local",
	close: "local",
};

async function hostAt(how: BadPeer): Promise<ContainerHost> {
	const peer = await badServer(how);
	const session: DaemonSession = {
		exec: () => Promise.reject(new Error("no programs here")),
		openSocket: async () => connect(peer.socket).on("error", () => {}),
		onLost: () => {},
		close: () => {},
	};
	return createDockerHost({ name: "cpu-1", socket: peer.socket, session, credential: undefined, limits: LIMITS });
}

describe.each(BAD_PEERS)("A16: a Docker daemon that is %s", (how) => {
	it("ends every question with an error that names the daemon and the call", async () => {
		const host = await hostAt(how);
		expect(Object.keys(host).toSorted()).toEqual(Object.keys(CALLS).toSorted());
		await Promise.all(
			Object.entries(CALLS).map(async ([name, call]) => {
				if (call === "local") return;
				const error = await endsByItself(name, () => call(host));
				expect(error, name).toMatchObject({ code: "docker_failed" });
				expect((error as Error).message).toMatch(
					/^the Docker daemon of cpu-1 did not .*: (no (?:answer|progress) in 0\.15 s|the answer is larger than 1048576 bytes)/,
				);
			}),
		);
		host.close();
	});

	it("ends a push", async () => {
		const { socket } = await badServer(how);
		const job = {
			...{ daemon: `unix://${socket}`, host: "registry.test", repository: "o/w", tag: "t", credential: undefined },
		};
		const error = await endsByItself("push", () => pushImage(job, () => {}, NEVER, LIMITS));
		expect(error).toMatchObject({ code: "push_failed", message: expect.stringContaining(socket) as string });
	});

	it("ends a relay to a port", async () => {
		const attach = async (_argv: unknown, { stderr }: { stderr: PassThrough }) => {
			misbehave(how, stderr);
			return new Promise<number>(() => {});
		};
		await expect(openRelay(attach as never, 80, 150)).rejects.toThrow(/./);
	});
});

it("A16: a stop may take its grace and the time for an answer", async () => {
	await using engine = await startDockerEngine();
	engine.streams["POST /containers/c1/stop"] = (response) => void setTimeout(() => response.writeHead(204).end(), 400);
	const { socket, session } = engine;
	const host = await createDockerHost({ name: "cpu-1", socket, session, credential: undefined, limits: LIMITS });
	await host.stop("c1", 1_000);
	await expect(host.stop("c1", 0)).rejects.toMatchObject({
		message: expect.stringContaining("no answer in 0.15 s") as string,
	});
});

it("A16: Ctrl-C ends a question that is under way, and those that go back are asked after it", async () => {
	await using engine = await startDockerEngine();
	const { socket, session } = engine;
	const stop = new AbortController();
	const { signal } = stop;
	const host = await createDockerHost({ name: "cpu-1", socket, session, credential: undefined, signal });
	const pending: ServerResponse[] = [];
	for (const call of ["GET /info", "POST /containers/c1/start"])
		engine.streams[call] = (response) => pending.push(response);
	const [asked, changed] = [host.facts(), host.start("c1")];
	await vi.waitFor(() => expect(pending).toHaveLength(2));
	stop.abort(new UserError("interrupted", "interrupted by the operator"));
	await expect(asked).rejects.toMatchObject({ code: "interrupted" });
	for (const response of pending) response.writeHead(204).end();
	await changed;
	engine.streams = {};
	engine.replies["GET /volumes"] = [200, { Volumes: null }];
	expect(await host.volumes({})).toEqual([]);
});

describe("A16: a log that is followed", () => {
	it("goes on while nothing is said, until the signal", async () => {
		await using engine = await startDockerEngine();
		engine.streams["GET /containers/c1/logs"] = (response) => void response.write(frame("one\n"));
		const { socket, session } = engine;
		const host = await createDockerHost({ name: "cpu-1", socket, session, credential: undefined, limits: LIMITS });
		const stop = new AbortController();
		const reading = Array.fromAsync(host.logs("c1", { tail: 1, follow: true, signal: stop.signal }));
		const first = await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, 3 * LIMITS.answerMs))]);
		expect(first).toBeUndefined();
		stop.abort();
		expect(await reading).toEqual(["one"]);
	});

	it("has lines of a bounded length", async () => {
		await using engine = await startDockerEngine();
		engine.streams["GET /containers/c1/logs"] = (response) => {
			for (let at = 0; at < 10; at++) response.write(frame("x".repeat(30_000)));
			response.end(frame("\nnext\n"));
		};
		const { socket, session } = engine;
		const host = await createDockerHost({ name: "cpu-1", socket, session, credential: undefined, limits: LIMITS });
		const lines = await Array.fromAsync(host.logs("c1", { tail: 1, follow: true, signal: NEVER }));
		expect(lines).toEqual([`${"x".repeat(65_536)}…`, "next"]);
	});

	it("ends when what comes is no frame of a daemon's", async () => {
		const host = await hostAt("endless");
		const error = await endsByItself("logs -f", () => all(host.logs("c1", { tail: 1, follow: true, signal: NEVER })));
		expect(error).toMatchObject({ message: expect.stringContaining("none of the Docker daemon's") as string });
	});
});
