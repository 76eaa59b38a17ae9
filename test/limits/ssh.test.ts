import { PassThrough } from "node:stream";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { connectSsh, readHostKey, type SshSession, type SshTarget } from "../../src/instances/ssh/session.ts";
import { BAD_PEERS, badServer, endsByItself, misbehave } from "../support/bad-peers.ts";
import { startSshHost, type SshHost } from "../support/ssh-host.ts";

const NEVER = new AbortController().signal;
const LIMITS = { openMs: 150, execMs: 150, execBytes: 1 << 20 };

let host: SshHost;
beforeAll(async () => void (host = await startSshHost()));
afterAll(() => host[Symbol.asyncDispose]());
afterEach(() => void (host.holdsChannels = false));

const target = (): SshTarget => ({
	...{ name: "cpu-1", host: "127.0.0.1", port: host.port, user: "ops", key: host.key, fingerprint: host.fingerprint },
	limits: LIMITS,
});

type Call = (session: SshSession) => Promise<unknown>;
/** What is bounded by the connection, and what goes on until its signal. A new method has to be added here. */
const CALLS: Record<keyof SshSession, Call | "until its signal" | "local"> = {
	exec: (session) => session.exec(["df"]),
	attach: "until its signal",
	lines: "until its signal",
	openSocket: (session) => session.openSocket("/run/docker.sock"),
	openPort: (session) => session.openPort("127.0.0.1", 80),
	onLost: "local",
	close: "local",
};

describe.each(BAD_PEERS)("A16: an instance whose programs are %s", (how) => {
	it("ends every call over ssh", async () => {
		host.program = (_command, channel) => misbehave(how, channel);
		host.holdsChannels = true;
		const session = await connectSsh(target(), NEVER);
		expect(Object.keys(session).toSorted()).toEqual(Object.keys(CALLS).toSorted());
		for (const [name, call] of Object.entries(CALLS)) {
			if (typeof call === "string") continue;
			const error = await endsByItself(name, () => call(session));
			expect(error, name).toMatchObject({
				code: "no_answer",
				message: expect.stringMatching(/^cpu-1 did not (run df|open \S+|open port 80) over ssh: /) as string,
			});
		}
		session.close();
	});

	it("ends lines and terminals with their signal", async () => {
		host.program = (_command, channel) => misbehave(how, channel);
		const session = await connectSsh({ ...target(), limits: {} }, NEVER); // the signal alone ends them
		const stop = () => AbortSignal.timeout(200);
		const lines = await endsByItself("lines", () => Array.fromAsync(session.lines(["tail"], stop())));
		expect(lines).toBeUndefined();
		const sink = () => new PassThrough().resume();
		const streams = () => ({ stdin: undefined, stdout: sink(), stderr: sink(), terminal: undefined, signal: stop() });
		expect(await endsByItself("attach", () => session.attach(["sh"], streams()))).toMatchObject({
			name: "TimeoutError",
		});
		session.close();
	});

	it("ends a login and a look at the host key", async () => {
		const port = Number((await badServer(how, "SSH-2.0-bad\r\n")).host.split(":")[1]);
		const bad = { ...target(), port, handshakeMs: 150 };
		for (const call of [() => connectSsh(bad, NEVER), () => readHostKey(bad, NEVER)])
			expect(await endsByItself("login", call)).toMatchObject({ code: "instance_unreachable" });
	});
});
