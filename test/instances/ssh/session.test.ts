import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shellWord } from "../../../src/system/text.ts";
import { leave } from "../../support/ssh-host.ts";
import { NEVER, hostOfFile } from "./host-of-file.ts";

const { host, login } = hostOfFile();

describe("a session", () => {
	it("runs programs, each argument as it is", async () => {
		host().program = (_, channel) => {
			channel.write("out");
			channel.stderr.write("err");
			leave(channel, 3);
		};
		const session = await login();
		expect(await session.exec(["echo", "it's $HOME"])).toEqual({ exitCode: 3, stdout: "out", stderr: "err" });
		expect(host().commands).toEqual([`echo 'it'\\''s $HOME'`]);
	});

	it("gives a program what it reads as soon as that is known, or nothing", async () => {
		host().program = (_, channel) => {
			void text(channel).then((heard) => {
				channel.write(`heard ${heard}`);
				leave(channel, 0);
			});
		};
		const session = await login();
		const input = Promise.withResolvers<string>();
		const answer = session.exec(["sh"], { input: input.promise });
		input.resolve("pwd\n");
		expect((await answer).stdout).toBe("heard pwd\n");
		expect((await session.exec(["sh"], { input: Promise.reject(new Error("unknown")) })).stdout).toBe("heard ");
	});

	it("counts a program that a signal ended as failed", async () => {
		host().program = (_, channel) => {
			channel.exit("KILL", false, "");
			channel.end();
		};
		expect((await (await login()).exec(["x"])).exitCode).toBe(255);
	});

	it("attaches streams to a program, and returns its exit code", async () => {
		host().program = (_, channel) => {
			void text(channel).then((heard) => {
				channel.write(`heard ${heard}`);
				channel.stderr.write("err");
				leave(channel, 3);
			});
		};
		const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
		stdin.end("words");
		const streams = { stdin, stdout, stderr, terminal: undefined, signal: NEVER };
		expect(await (await login()).attach(["cat", "a b"], streams)).toBe(3);
		expect([stdout.read(), stderr.read()].map(String)).toEqual(["heard words", "err"]);
		expect(host().commands).toEqual(["cat 'a b'"]);
	});

	it("leaves a program that is attached to with Ctrl-C", async () => {
		const stop = new AbortController();
		host().program = () => stop.abort(new Error("Ctrl-C"));
		const streams = { stdin: undefined, stdout: new PassThrough(), stderr: new PassThrough(), terminal: undefined };
		const session = await login();
		await expect(session.attach(["sleep"], { ...streams, signal: stop.signal })).rejects.toThrow("Ctrl-C");
	});

	it("gives the lines of a program until it ends", async () => {
		host().program = (_, channel) => {
			channel.write("one\r\ntw");
			channel.write("o\nthree");
			leave(channel, 0);
		};
		expect(await Array.fromAsync((await login()).lines(["tail", "-f", "x"], NEVER))).toEqual(["one", "two", "three"]);
	});

	it("ends a program that is not wanted any more", async () => {
		host().program = (_, channel) => void channel.write("one\n");
		const stop = new AbortController();
		const lines: string[] = [];
		for await (const line of (await login()).lines(["tail"], stop.signal)) {
			lines.push(line);
			stop.abort();
		}
		expect(lines).toEqual(["one"]);
	});

	it("opens ports and sockets of the host", async () => {
		const session = await login();
		await using server = createServer((socket) => socket.end("port")).listen(0, "127.0.0.1");
		await once(server, "listening");
		expect(await text(await session.openPort("127.0.0.1", (server.address() as AddressInfo).port))).toBe("port");
		const path = join(await mkdtemp(join(tmpdir(), "cres-sock-")), "s");
		await using local = createServer((socket) => socket.end("socket")).listen(path);
		await once(local, "listening");
		expect(await text(await session.openSocket(path))).toBe("socket");
		await expect(session.openPort("127.0.0.1", 1)).rejects.toThrow(/open failure/i);
		host().program = (_command, channel) => leave(channel, 0);
		await expect(session.openSocket("/nowhere")).rejects.toThrow("its sshd refused the channel");
	});

	it("that is lost fails everything, says so once, and stays so", async () => {
		const session = await login();
		const told: string[] = [];
		session.onLost((error) => told.push(error.code));
		host().program = () => host().drop();
		await expect(Array.fromAsync(session.lines(["tail"], NEVER))).rejects.toMatchObject({
			...{ code: "connection_lost", hint: "cres status, then run the command again" },
		});
		await expect(session.exec(["x"])).rejects.toThrow(/^the ssh connection to cpu-1 was lost \(.+\)$/);
		await expect(session.openPort("127.0.0.1", 1)).rejects.toMatchObject({ code: "connection_lost" });
		await expect(session.openSocket("/x")).rejects.toMatchObject({ code: "connection_lost" });
		expect(told).toEqual(["connection_lost"]);
	});

	it("that was closed is not lost", async () => {
		const session = await login();
		const told: string[] = [];
		session.onLost((error) => told.push(error.code));
		session.close();
		while (host().connections.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
		expect(told).toEqual([]);
	});
});

it("an argument arrives at a real shell as it is", () => {
	const argument = fc.string({ unit: "binary" }).filter((one) => !one.includes("\0"));
	fc.assert(
		fc.property(fc.array(argument, { minLength: 300, maxLength: 400 }), (argv) => {
			const script = `printf '%s\\0' ${argv.map(shellWord).join(" ")}`;
			expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe(argv.map((one) => `${one}\0`).join(""));
		}),
		{ numRuns: 2 },
	);
});

describe("T15: a socket that is not opened", () => {
	/** What the machine says of its sockets. */
	const says = (stdout: string) => {
		host().program = (_command, channel) => {
			channel.write(stdout);
			leave(channel, 0);
		};
	};
	const why = async () => (await login()).openSocket(join(host().folder, "docker.sock"));

	it.each([
		["open\n", "its sshd does not forward to sockets", "set AllowStreamLocalForwarding yes (and no DisableForwarding)"],
		["denied docker\n", "permission denied for ops", "sudo usermod -aG docker ops on cpu-1"],
		[
			"missing\nother /run/user/1000/docker.sock\n",
			"there is no such socket",
			"set instances.cpu-1.docker_socket: /run/user/1000/docker.sock",
		],
		["missing\n", "there is no such socket", "start Docker on cpu-1"],
		["silent\n", "no daemon answers there", "start Docker on cpu-1"],
	])("%j: %s", async (stdout, message, hint) => {
		says(stdout);
		await expect(why()).rejects.toMatchObject({
			code: "docker_socket_refused",
			message: `${join(host().folder, "docker.sock")} of cpu-1 cannot be opened: ${message}`,
			hint: expect.stringContaining(hint),
		});
		expect(host().commands.at(-1)).toContain("sh -c");
	});

	it("is looked at by a script that a POSIX shell understands", async () => {
		host().program = (command, channel) => {
			channel.write(execFileSync("sh", ["-c", command]));
			leave(channel, 0);
		};
		await expect(why()).rejects.toMatchObject({ message: expect.stringContaining("there is no such socket") });
	});
});
