import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import ssh2 from "ssh2";
import { describe, expect, it, onTestFinished } from "vitest";
import { connectSsh, readHostKey } from "../../../src/instances/ssh/session.ts";
import { makeKeyPair } from "../../../rehearsal/vast/ssh-server.ts";
import { NEVER, hostOfFile } from "./host-of-file.ts";

const OTHER_KEY = `SHA256:${"A".repeat(43)}`;
const { host, target, login } = hostOfFile();
const where = () => `cpu-1 (ops@127.0.0.1:${host().port})`;

describe("a login", () => {
	it("goes to the pinned host key, with one request", async () => {
		let dialled = 0;
		await login({}, NEVER, () => dialled++);
		expect([host().logins, dialled]).toEqual([1, 1]);
	});

	it("is refused before it is tried when another host key is shown", async () => {
		await expect(login({ fingerprint: OTHER_KEY })).rejects.toMatchObject({
			code: "host_key_mismatch",
			message: `127.0.0.1:${host().port} shows host key ${host().fingerprint}, but ${OTHER_KEY} is pinned for cpu-1`,
			hint: "if the host was really re-made: cres instance adopt cpu-1 --replace-key",
		});
		expect(host().logins).toBe(0);
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
		const key = join(host().folder, "unknown");
		await writeFile(key, makeKeyPair().private, { mode: 0o600 });
		await expect(login({ key })).rejects.toMatchObject({
			...{ code: "ssh_refused", message: `${where()} refuses the key` },
			hint: "add the public key to ~ops/.ssh/authorized_keys on the instance, or correct instances.cpu-1.key",
		});
	});

	it("with a key file that is not there names it", async () => {
		const key = join(host().folder, "absent");
		await expect(login({ key })).rejects.toMatchObject({
			...{ code: "ssh_key_missing", message: `the ssh key ${key} of cpu-1 cannot be read (ENOENT)` },
			hint: `set instances.cpu-1.key in cres.yaml to your private key file, or make one: ssh-keygen -t ed25519 -f ${key}`,
		});
	});

	it("with a file that is no key says so", async () => {
		const key = join(host().folder, "no-key");
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
		expect(fingerprint).toBe(host().fingerprint);
		expect(publicKey).toMatch(/^ssh-ed25519 AAAA[\w+/]+=*$/);
		expect(host().logins).toBe(0);
	});

	it("is unknown where nobody answers", async () => {
		await expect(readHostKey(target({ port: 1 }), NEVER)).rejects.toMatchObject({ code: "instance_unreachable" });
	});
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
