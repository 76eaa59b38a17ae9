import { mkdtemp } from "node:fs/promises";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeEach, describe, expect, it } from "vitest";
import { runTunnel, type Tunnel } from "../../src/endpoint/tunnel.ts";
import { portsOf } from "../../src/instances/ssh/ports.ts";
import { connectSsh } from "../../src/instances/ssh/session.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { freePort } from "../support/free-ports.ts";

let root: string;
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-tunnel-"));
});

/** What the instance listens to: says back what it hears, after the sender has ended. */
async function echo(): Promise<Server & { port: number }> {
	const server = createServer({ allowHalfOpen: true }, (socket) => {
		void text(socket).then((heard) => socket.end(`heard ${heard}`));
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	return Object.assign(server, { port: (server.address() as AddressInfo).port });
}

interface Running {
	ended: Promise<Tunnel>;
	stop(): void;
	notes: string[];
}

/** Starts a tunnel to the ports behind the sshd and waits until it is open. */
async function open({ port, key, fingerprint }: Sshd, local: number, remote: number): Promise<Running> {
	const stopping = new AbortController();
	const notes: string[] = [];
	const opened = Promise.withResolvers<void>();
	const common = { signal: stopping.signal, note: (line: string) => void notes.push(line) };
	const name = "cpu-1";
	const target = { name, host: "127.0.0.1", port, user: userInfo().username, key, fingerprint };
	const instance = { name, ports: async () => portsOf(await connectSsh(target, stopping.signal)) };
	const ended = runTunnel({ ...common, opened: opened.resolve }, instance, [{ local, remote }]);
	await Promise.race([opened.promise, ended]);
	return { ended, stop: () => stopping.abort(), notes };
}

async function say(port: number, words: string): Promise<string> {
	const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
	socket.end(words);
	return text(socket);
}

const refusedBy = (port: number) =>
	once(connect(port, "127.0.0.1"), "connect").catch((error: { code: string }) => error.code);

describe("a tunnel", () => {
	it("leads a local port to the instance's, both ways and many at once, until it is stopped", async () => {
		await using sshd = await startSshd(root);
		const service = await echo();
		const local = await freePort();
		const tunnel = await open(sshd, local, service.port);
		const answers = await Promise.all(["a", "b", "c"].map((words) => say(local, words)));
		expect(answers).toEqual(["heard a", "heard b", "heard c"]);
		tunnel.stop();
		expect(await tunnel.ended).toEqual({ instance: "cpu-1", forwards: [{ local, remote: service.port }] });
		expect(await refusedBy(local)).toBe("ECONNREFUSED");
		service.close();
	});

	it("says once that a port of the instance refuses, and goes on", async () => {
		await using sshd = await startSshd(root);
		const [local, remote] = [await freePort(), await freePort()];
		const tunnel = await open(sshd, local, remote);
		await say(local, "a").catch(() => {});
		await say(local, "b").catch(() => {});
		expect(tunnel.notes).toEqual([expect.stringContaining(`port ${remote} of the instance: `)]);
		tunnel.stop();
		await tunnel.ended;
	});

	it("refuses a local port that is in use, with another one to try", async () => {
		await using sshd = await startSshd(root);
		const busy = await echo();
		await expect(open(sshd, busy.port, 8081)).rejects.toMatchObject({
			code: "port_busy",
			message: `port ${busy.port} of this machine is in use`,
			hint: expect.stringMatching(/:8081$/),
		});
		busy.close();
	});

	it("ends when the connection is lost", async () => {
		await using sshd = await startSshd(root);
		const local = await freePort();
		const tunnel = await open(sshd, local, 8081);
		sshd.drop();
		await expect(tunnel.ended).rejects.toMatchObject({ code: "connection_lost" });
		expect(await refusedBy(local)).toBe("ECONNREFUSED");
	});
});
