import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import ssh2 from "ssh2";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { connectSsh, quote, readHostKey, type SshSession, type SshTarget } from "../../../src/instances/ssh/session.ts";
import { makeKeyPair } from "../../../rehearsal/vast/ssh-server.ts";
import { leave, startSshHost, type SshHost } from "../../support/ssh-host.ts";

const NEVER = new AbortController().signal;
const OTHER_KEY = `SHA256:${"A".repeat(43)}`;

let host: SshHost;
let open: SshSession[] = [];
beforeAll(async () => {
	host = await startSshHost();
});
afterAll(() => host[Symbol.asyncDispose]());
beforeEach(() => {
	Object.assign(host, { commands: [], logins: 0 });
	open = [];
});
afterEach(() => {
	for (const session of open) session.close();
});

const target = (change: Partial<SshTarget> = {}): SshTarget => ({
	...{ name: "cpu-1", host: "127.0.0.1", port: host.port, user: "ops", key: host.key, fingerprint: host.fingerprint },
	...change,
});
const login = async (change: Partial<SshTarget> = {}, signal = NEVER) => {
	const session = await connectSsh(target(change), signal);
	open.push(session);
	return session;
};
const where = () => `cpu-1 (ops@127.0.0.1:${host.port})`;

describe("a login", () => {
	it("goes to the pinned host key, with one request", async () => {
		let dialled = 0;
		open.push(await connectSsh(target(), NEVER, () => dialled++));
		expect([host.logins, dialled]).toEqual([1, 1]);
	});

	it("is refused before it is tried when another host key is shown", async () => {
		await expect(login({ fingerprint: OTHER_KEY })).rejects.toMatchObject({
			code: "host_key_mismatch",
			message: `127.0.0.1:${host.port} shows host key ${host.fingerprint}, but ${OTHER_KEY} is pinned for cpu-1`,
			hint: "if the host was really re-made: cres instance adopt cpu-1 --replace-key",
		});
		expect(host.logins).toBe(0);
	});

	it("is refused when no host key is pinned, whatever is shown", async () => {
		let dialled = 0;
		const refused = connectSsh(target({ fingerprint: undefined }), NEVER, () => dialled++);
		await expect(refused).rejects.toMatchObject({
			...{ code: "host_key_unknown", message: "no host key is pinned for cpu-1", hint: "cres instance adopt cpu-1" },
		});
		expect(dialled).toBe(0);
	});

	it("with a key that the host does not know is refused by it", async () => {
		const key = join(host.folder, "unknown");
		await writeFile(key, makeKeyPair().private, { mode: 0o600 });
		await expect(login({ key })).rejects.toMatchObject({
			...{ code: "ssh_refused", message: `${where()} refuses the key` },
			hint: "add the public key to ~ops/.ssh/authorized_keys on the instance, or correct instances.cpu-1.key",
		});
	});

	it("with a key file that is not there names it", async () => {
		const key = join(host.folder, "absent");
		await expect(login({ key })).rejects.toMatchObject({
			...{ code: "ssh_key_missing", message: `the ssh key ${key} of cpu-1 cannot be read (ENOENT)` },
			hint: `set instances.cpu-1.key in cres.yaml to your private key file, or make one: ssh-keygen -t ed25519 -f ${key}`,
		});
	});

	it("with a file that is no key says so", async () => {
		const key = join(host.folder, "no-key");
		await writeFile(key, "what is this?");
		const unusable = login({ key });
		await expect(unusable).rejects.toMatchObject({
			code: "ssh_key_unusable",
			hint: `make a key for cres: ssh-keygen -t ed25519 -N "" -f ${key}_cres, and add its .pub there`,
		});
		await expect(unusable).rejects.toThrow(/^the ssh key .* of cpu-1 cannot be used: ./);
	});

	it("to a port where nobody is says which", async () => {
		const error = login({ port: 1 });
		await expect(error).rejects.toMatchObject({
			code: "instance_unreachable",
			hint: "check instances.cpu-1.host and port in cres.yaml; cres connects directly, without a jump host, then cres doctor",
		});
		await expect(error).rejects.toThrow(/^cpu-1 \(ops@127\.0\.0\.1:1\) cannot be reached: .*ECONNREFUSED/);
	});

	it("to a port that never says a word is given up", async () => {
		await using silent = createServer((socket) => socket.resume()).listen(0, "127.0.0.1");
		await once(silent, "listening");
		const { port } = silent.address() as AddressInfo;
		const started = performance.now();
		await expect(login({ port, handshakeMs: 100 })).rejects.toMatchObject({ code: "instance_unreachable" });
		expect(performance.now() - started).toBeLessThan(3_000);
	});

	it("ends with Ctrl-C", async () => {
		await expect(login({}, AbortSignal.abort(new Error("Ctrl-C")))).rejects.toThrow("Ctrl-C");
		await using silent = createServer((socket) => socket.resume()).listen(0, "127.0.0.1");
		await once(silent, "listening");
		const { port } = silent.address() as AddressInfo;
		const stop = new AbortController();
		silent.once("connection", () => stop.abort(new Error("Ctrl-C on the way")));
		await expect(login({ port }, stop.signal)).rejects.toThrow("Ctrl-C on the way");
	});
});

describe("the host key that is shown", () => {
	it("is read without a login", async () => {
		const { fingerprint, publicKey } = await readHostKey(target(), NEVER);
		expect(fingerprint).toBe(host.fingerprint);
		expect(publicKey).toMatch(/^ssh-ed25519 AAAA[\w+/]+=*$/);
		expect(host.logins).toBe(0);
	});

	it("is unknown where nobody answers", async () => {
		await expect(readHostKey(target({ port: 1 }), NEVER)).rejects.toMatchObject({ code: "instance_unreachable" });
	});
});

describe("a session", () => {
	it("runs programs, each argument as it is", async () => {
		host.program = (_, channel) => {
			channel.write("out");
			channel.stderr.write("err");
			leave(channel, 3);
		};
		const session = await login();
		expect(await session.exec(["echo", "it's $HOME"])).toEqual({ exitCode: 3, stdout: "out", stderr: "err" });
		expect(host.commands).toEqual([`echo 'it'\\''s $HOME'`]);
	});

	it("counts a program that a signal ended as failed", async () => {
		host.program = (_, channel) => {
			channel.exit("KILL", false, "");
			channel.end();
		};
		expect((await (await login()).exec(["x"])).exitCode).toBe(255);
	});

	it("attaches streams to a program, and returns its exit code", async () => {
		host.program = (_, channel) => {
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
		expect(host.commands).toEqual(["cat 'a b'"]);
	});

	it("leaves a program that is attached to with Ctrl-C", async () => {
		const stop = new AbortController();
		host.program = () => stop.abort(new Error("Ctrl-C"));
		const streams = { stdin: undefined, stdout: new PassThrough(), stderr: new PassThrough(), terminal: undefined };
		const session = await login();
		await expect(session.attach(["sleep"], { ...streams, signal: stop.signal })).rejects.toThrow("Ctrl-C");
	});

	it("gives the lines of a program until it ends", async () => {
		host.program = (_, channel) => {
			channel.write("one\r\ntw");
			channel.write("o\nthree");
			leave(channel, 0);
		};
		expect(await Array.fromAsync((await login()).lines(["tail", "-f", "x"], NEVER))).toEqual(["one", "two", "three"]);
	});

	it("ends a program that is not wanted any more", async () => {
		host.program = (_, channel) => void channel.write("one\n");
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
		host.program = (_command, channel) => leave(channel, 0);
		await expect(session.openSocket("/nowhere")).rejects.toThrow("its sshd refused the channel");
	});

	it("that is lost fails everything, says so once, and stays so", async () => {
		const session = await login();
		const told: string[] = [];
		session.onLost((error) => told.push(error.code));
		host.program = () => host.drop();
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
		while (host.connections.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
		expect(told).toEqual([]);
	});
});

it("an argument arrives at a real shell as it is", () => {
	const argument = fc.string({ unit: "binary" }).filter((one) => !one.includes("\0"));
	fc.assert(
		fc.property(fc.array(argument, { minLength: 300, maxLength: 400 }), (argv) => {
			const script = `printf '%s\\0' ${argv.map(quote).join(" ")}`;
			expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe(argv.map((one) => `${one}\0`).join(""));
		}),
		{ numRuns: 2 },
	);
});

describe("T14: a host that cannot be found", () => {
	it("may be one of ~/.ssh/config, which is not read", async () => {
		await expect(connectSsh(target({ host: "gpu.invalid" }), NEVER)).rejects.toMatchObject({
			code: "instance_unreachable",
			hint: expect.stringMatching(/~\/\.ssh\/config \(Host, ProxyJump\) is not read: ssh -G gpu\.invalid/),
		});
	});
});

describe("F81: an sshd of long ago", () => {
	it.each([
		["kex", { kex: ["diffie-hellman-group1-sha1"] }],
		["cipher", { cipher: ["3des-cbc"] }],
	])("that has no algorithm in common is told to be updated: %s", async (_what, algorithms) => {
		const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
		const hostKeys = [String(privateKey.export({ type: "pkcs1", format: "pem" }))];
		const server = new ssh2.Server({ hostKeys, algorithms: algorithms as ssh2.Algorithms }, (one) => {
			one.on("error", () => {});
		});
		onTestFinished(() => void server.close());
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		const { port } = server.address() as AddressInfo;
		await expect(connectSsh(target({ port, keyType: "ssh-ed25519" }), NEVER)).rejects.toMatchObject({
			code: "instance_unreachable",
			message: expect.stringContaining("no matching"),
			hint: "update the sshd of cpu-1: it offers none of the algorithms that cres accepts, then cres doctor",
		});
	});
});

describe("T15: a socket that is not opened", () => {
	/** What the machine says of its sockets. */
	const says = (stdout: string) => {
		host.program = (_command, channel) => {
			channel.write(stdout);
			leave(channel, 0);
		};
	};
	const why = async () => (await login()).openSocket(join(host.folder, "docker.sock"));

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
			message: `${join(host.folder, "docker.sock")} of cpu-1 cannot be opened: ${message}`,
			hint: expect.stringContaining(hint),
		});
		expect(host.commands.at(-1)).toContain("sh -c");
	});

	it("is looked at by a script that a POSIX shell understands", async () => {
		host.program = (command, channel) => {
			channel.write(execFileSync("sh", ["-c", command]));
			leave(channel, 0);
		};
		await expect(why()).rejects.toMatchObject({ message: expect.stringContaining("there is no such socket") });
	});
});
