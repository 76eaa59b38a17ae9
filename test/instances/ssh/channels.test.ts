import { once } from "node:events";
import { createServer as createHttpServer, request } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setImmediate as nextTurn } from "node:timers/promises";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { ChannelAgent } from "../../../src/instances/ssh/channel-agent.ts";
import { portsOf } from "../../../src/instances/ssh/ports.ts";
import { connectSsh, readHostKey, type SshSession } from "../../../src/instances/ssh/session.ts";
import { makeKeyPair } from "../../../rehearsal/vast/ssh-server.ts";
import { startSshHost, type SshHost } from "../../support/ssh-host.ts";
import { sshd } from "./sshd.ts";

const NEVER = new AbortController().signal;
let host: SshHost;
let session: SshSession;
beforeAll(async () => void (host = await startSshHost()));
afterAll(() => host[Symbol.asyncDispose]());
beforeEach(async () => {
	const target = { name: "cpu-1", host: "127.0.0.1", port: host.port, user: "ops", key: host.key };
	session = await connectSsh({ ...target, fingerprint: host.fingerprint }, NEVER);
});
afterEach(() => session.close());

describe("HTTP to a socket of the instance", () => {
	const agentFor = (socket: string, openSocket: SshSession["openSocket"] = (path) => session.openSocket(path)) => {
		const agent = new ChannelAgent({ openSocket }, socket);
		onTestFinished(() => agent.destroy());
		return agent;
	};
	const get = (agent: ChannelAgent, path: string) =>
		new Promise<string>((resolve, reject) => {
			request({ agent, path }, (response) => void text(response).then(resolve, reject))
				.on("error", reject)
				.end();
		});

	it("keeps one channel for call after call", async () => {
		const socket = join(host.folder, "http.sock");
		await using server = createHttpServer((asked, answer) => answer.end(`you asked for ${asked.url}`)).listen(socket);
		await once(server, "listening");
		const opened: string[] = [];
		const agent = agentFor(socket, (path) => {
			opened.push(path);
			return session.openSocket(path);
		});
		for (const path of ["/a", "/b", "/c"]) {
			expect(await get(agent, path)).toBe(`you asked for ${path}`);
			await nextTurn();
		}
		expect(opened).toEqual([socket]);
		agent.destroy();
	});

	it("fails with why the socket was not opened", async () => {
		const refused = agentFor("/run/docker.sock", () => Promise.reject(new Error("its sshd refused the channel")));
		await expect(get(refused, "/")).rejects.toThrow("its sshd refused the channel");
	});

	it("is one word in a debug log, whatever the connection holds", () => {
		expect(inspect({ agent: agentFor("/x") })).toBe("{ agent: ChannelAgent }");
	});
});

describe("the ports of an instance", () => {
	it("are those of its own loopback, until they are closed", async () => {
		await using server = createServer((socket) => socket.end("port")).listen(0, "127.0.0.1");
		await once(server, "listening");
		const asked: string[] = [];
		for (const one of host.connections) one.on("tcpip", (_accept, _reject, { destIP }) => void asked.push(destIP));
		const ports = portsOf(session);
		expect(await text(await ports.openPort((server.address() as AddressInfo).port))).toBe("port");
		expect(asked).toEqual(["127.0.0.1"]);
		ports.close();
		await expect.poll(() => host.connections.size).toBe(0);
	});

	it("say when the connection is lost", async () => {
		const told: string[] = [];
		portsOf(session).onLost(({ code }) => told.push(code));
		host.drop();
		await expect.poll(() => told).toEqual(["connection_lost"]);
	});

	it("that its sshd does not forward to are told with the setting", async () => {
		const strict = await sshd([makeKeyPair().private]);
		const { fingerprint } = await readHostKey(strict, NEVER);
		const other = await connectSsh({ ...strict, key: host.key, fingerprint }, NEVER);
		onTestFinished(() => other.close());
		await expect(other.openPort("127.0.0.1", 80)).rejects.toMatchObject({
			...{ code: "forwarding_refused", message: "the sshd of cpu-1 does not forward to ports" },
			hint: expect.stringMatching(/^set AllowTcpForwarding yes .* reload sshd, then the same command again$/),
			cause: expect.objectContaining({ reason: 1 }),
		});
	});
});
