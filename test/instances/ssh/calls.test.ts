import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServerChannel } from "ssh2";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connectSsh, type SshSession, type SshTarget } from "../../../src/instances/ssh/session.ts";
import { onAsked, type Asked } from "../../../src/system/trace.ts";
import { refusal } from "../../support/refusal.ts";
import { leave, startSshHost, type SshHost } from "../../support/ssh-host.ts";

const NEVER = new AbortController().signal;
let host: SshHost;
let open: SshSession[] = [];
beforeAll(async () => void (host = await startSshHost()));
afterAll(() => host[Symbol.asyncDispose]());
beforeEach(() => {
	Object.assign(host, { commands: [], holdsChannels: false });
	open = [];
});
afterEach(() => {
	for (const session of open) session.close();
});

const login = async (limits: SshTarget["limits"] = {}) => {
	const target = { name: "cpu-1", host: "127.0.0.1", port: host.port, user: "ops", key: host.key };
	const session = await connectSsh({ ...target, fingerprint: host.fingerprint, limits }, NEVER);
	open.push(session);
	return session;
};
/** A program that says nothing; what it returns resolves when its channel is closed. */
const silent = (says = ""): Promise<void> => {
	const { promise, resolve } = Promise.withResolvers<void>();
	host.program = (_command, channel) => {
		channel.on("close", () => resolve()).resume();
		if (says !== "") channel.write(says);
	};
	return promise;
};
const HINT = "cres ssh cpu-1, to see whether it still works";

describe("a call over ssh", () => {
	it("that takes too long is told, and its program does not stay", async () => {
		const closed = silent();
		expect(await refusal((await login({ execMs: 50 })).exec(["df", "-h"]))).toEqual({
			...{ code: "no_answer", message: "cpu-1 did not run df over ssh: no answer in 0.05 s", hint: HINT },
		});
		await closed;
	});

	it("may have a time of its own", async () => {
		host.program = (_command, channel) => void sleep(120).then(() => leave(channel, 0));
		expect((await (await login({ execMs: 50 })).exec(["x"], { timeoutMs: 5_000 })).exitCode).toBe(0);
		const closed = silent();
		expect(await refusal((await login()).exec(["x"], { timeoutMs: 50 }))).toMatchObject({ code: "no_answer" });
		await closed;
	});

	it("ends with its signal, for the reason of the signal", async () => {
		const closed = silent();
		const session = await login();
		await expect(session.exec(["x"], { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
			name: "TimeoutError",
		});
		await closed;
	});

	it("takes no more than its limit of what a program prints, on either stream", async () => {
		for (const stream of ["stdout", "stderr"] as const) {
			host.program = (_command, channel) => {
				channel.stderr.write(stream === "stderr" ? "123456" : "12345");
				channel.write(stream === "stdout" ? "123456" : "12345");
				leave(channel, 0);
			};
			expect(await refusal((await login({ execBytes: 5 })).exec(["x"]))).toMatchObject({
				...{ code: "no_answer", message: "cpu-1 did not run x over ssh: the answer is larger than 5 bytes" },
			});
		}
	});

	it("for a channel that is not opened is told, and looks no further", async () => {
		host.holdsChannels = true;
		const session = await login({ openMs: 50 });
		expect(await refusal(session.openSocket("/run/docker.sock"))).toEqual({
			...{ code: "no_answer", hint: HINT },
			message: "cpu-1 did not open /run/docker.sock over ssh: no answer in 0.05 s",
		});
		expect(await refusal(session.openPort("127.0.0.1", 80))).toMatchObject({
			message: "cpu-1 did not open port 80 over ssh: no answer in 0.05 s",
		});
		expect(host.commands).toEqual([]);
	});

	it("is told with how it ended", async () => {
		const told: Asked[] = [];
		onAsked((one) => told.push(one));
		host.program = (_command, channel) => leave(channel, 3);
		await (await login()).exec(["df", "-h"]);
		expect(told.map(({ whom, what, outcome }) => [whom, what, outcome])).toEqual([
			[`cpu-1 (ops@127.0.0.1:${host.port})`, "ssh login", "ok"],
			["cpu-1", "df -h", "exit 3"],
		]);
	});
});

describe("lines of a program", () => {
	it("come whatever it writes beside them", async () => {
		const many = Buffer.alloc(3 << 20, "x"); // more than a window of ssh
		host.program = (_command, channel: ServerChannel) => {
			channel.stderr.write(many, () => {
				channel.write("line\n");
				leave(channel, 0);
			});
		};
		expect(await Array.fromAsync((await login()).lines(["tail"], NEVER))).toEqual(["line"]);
	});

	it.each(["the reader has enough", "Ctrl-C comes"])("end their program when %s", async (why) => {
		const closed = silent("one\n");
		const stop = new AbortController();
		for await (const line of (await login()).lines(["tail", "-f"], stop.signal)) {
			expect(line).toBe("one");
			if (why === "Ctrl-C comes") stop.abort();
			else break;
		}
		expect(getEventListeners(stop.signal, "abort")).toEqual([]);
		await closed;
	});

	it("are none when Ctrl-C came before", async () => {
		const lines = (await login()).lines(["tail"], AbortSignal.abort(new Error("Ctrl-C")));
		await expect(Array.fromAsync(lines)).rejects.toThrow("Ctrl-C");
		expect(host.commands).toEqual([]);
	});
});

it("a connection that the instance ends is lost by its doing", async () => {
	const session = await login();
	const told: string[] = [];
	session.onLost(({ message }) => told.push(message));
	for (const connection of host.connections) connection.end();
	await expect.poll(() => told).toEqual(["the ssh connection to cpu-1 was lost (closed by the other side)"]);
});

describe("a socket that is not opened", () => {
	const why = async (says: string) => {
		host.program = (_command, channel) => {
			channel.write(says);
			leave(channel, 0);
		};
		return refusal((await login()).openSocket("/nowhere/docker.sock"));
	};

	it.each([
		[
			"denied \nother /run/podman.sock\n",
			"permission denied for ops",
			/ or set instances\.cpu-1\.docker_socket: \/run\/podman\.sock in cres\.yaml$/,
		],
		["denied \n", "permission denied for ops", /^sudo usermod -aG docker ops on cpu-1, then the same command again$/],
		["denied wheel\n", "permission denied for ops", /^sudo usermod -aG wheel ops/],
		[
			"silent\nother /run/podman.sock\n",
			"no daemon answers there",
			/^set instances\.cpu-1\.docker_socket: \/run\/podman\.sock in/,
		],
		["silent\n", "no daemon answers there", /^start Docker on cpu-1: sudo systemctl start docker$/],
		[
			"missing\n",
			"there is no such socket",
			/^start Docker on cpu-1, or set instances\.cpu-1\.docker_socket in cres\.yaml$/,
		],
		[
			"",
			"its sshd refused the channel",
			/^ssh to cpu-1: see that ops may open \/nowhere\/docker\.sock, and that sshd_config/,
		],
		[
			"open\n",
			"its sshd does not forward to sockets",
			/in \/etc\/ssh\/sshd_config of cpu-1, reload sshd; \/nowhere\/docker\.sock itself/,
		],
	])("where the machine says %j: %s", async (says, message, hint) => {
		expect(await why(says)).toMatchObject({
			...{ code: "docker_socket_refused", hint: expect.stringMatching(hint) },
			message: `/nowhere/docker.sock of cpu-1 cannot be opened: ${message}`,
		});
	});

	it("on a machine that runs no program is refused by its sshd", async () => {
		void silent();
		const session = await login({ execMs: 50 });
		await expect(session.openSocket("/nowhere/docker.sock")).rejects.toThrow("its sshd refused the channel");
	});
});
