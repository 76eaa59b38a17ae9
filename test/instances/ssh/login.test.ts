import { generateKeyPairSync } from "node:crypto";
import { getEventListeners } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { makeKeyPair } from "../../../rehearsal/vast/ssh-server.ts";
import { algorithmsFor } from "../../../src/instances/ssh/host-key.ts";
import { explain } from "../../../src/instances/ssh/failures.ts";
import { keyFile, keyFromHere } from "../../../src/instances/ssh/key-file.ts";
import { loginHost, loginUser } from "../../../src/instances/ssh/login.ts";
import { connectSsh, readHostKey } from "../../../src/instances/ssh/session.ts";
import { refusal } from "../../support/refusal.ts";
import { sshd } from "./sshd.ts";

const NEVER = new AbortController().signal;
const hostKey = makeKeyPair().private;
let key: string;
beforeEach(async () => {
	key = join(await mkdtemp(join(tmpdir(), "cres-login-")), "id");
	await writeFile(key, makeKeyPair().private, { mode: 0o600 });
});

describe("the login of an instance", () => {
	it.each(["gpu.example.com", "10.0.0.5", "fd00::5"])("goes to %s", (host) => {
		expect(loginHost("cpu-1", host)).toBe(host);
	});

	it("goes to an IPv6 address without its brackets", () => {
		expect(loginHost("cpu-1", "[fd00::5]")).toBe("fd00::5");
	});

	it("goes to nothing that OpenSSH would take for a flag, before anything is asked", async () => {
		expect(loginUser("cpu-1", "ops")).toBe("ops");
		const target = { name: "cpu-1", host: "127.0.0.1", port: 1, user: "ops", key: "/absent", fingerprint: "SHA256:a" };
		expect(await refusal(connectSsh({ ...target, host: "-oProxyCommand=x" }, NEVER))).toEqual({
			code: "bad_login",
			message: '"-oProxyCommand=x" is not a host to log in to for cpu-1',
			hint: "give a host name, an IPv4 address, or an IPv6 address such as fd00::5",
		});
		expect(await refusal(connectSsh({ ...target, user: "-lroot" }, NEVER))).toEqual({
			code: "bad_login",
			message: '"-lroot" is not a user name to log in to cpu-1 with',
			hint: "give the login name: letters, digits and . _ @ + -, beginning with a letter or digit",
		});
	});

	it("takes its key from the home directory, the project or anywhere", () => {
		expect(keyFile("/work/app", "~/.ssh/id")).toBe(join(homedir(), ".ssh/id"));
		expect(keyFile("/work/app", "keys/id")).toBe("/work/app/keys/id");
		expect(keyFile("/work/app", "/etc/id")).toBe("/etc/id");
		expect(keyFile("/work/app", "keys/~/")).toBe("/work/app/keys/~");
	});

	it("takes it from the home directory by either slash, and records the one that every system reads", () => {
		expect(keyFile("/work/app", "~\\.ssh\\id")).toBe(join(homedir(), ".ssh/id"));
		expect(keyFromHere("~\\.ssh\\id")).toBe("~/.ssh/id");
		expect(keyFromHere("~/.ssh/id")).toBe("~/.ssh/id");
		expect(keyFromHere("~/.ssh/a\\b")).toBe("~/.ssh/a\\b");
	});

	it("on the command line starts where the command was typed", () => {
		expect(keyFromHere("keys/id")).toBe(join(process.cwd(), "keys/id"));
		expect(keyFromHere("/etc/id")).toBe("/etc/id");
	});
});

describe("a login with a key", () => {
	const rsa = () =>
		generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" });
	const ecdsa = () =>
		generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "sec1", format: "pem" });

	it.each<[string, () => string | Buffer]>([
		["RSA", rsa],
		["ECDSA", ecdsa],
		["Ed25519", () => makeKeyPair().private],
	])("of %s takes one request, signed as the host can verify it", async (_kind, make) => {
		await writeFile(key, make(), { mode: 0o600 });
		const host = await sshd([hostKey]);
		const { fingerprint } = await readHostKey(host, NEVER);
		const session = await connectSsh({ ...host, key, fingerprint }, NEVER);
		session.close();
		expect(host.logins).toMatchObject([{ isSigned: true }]);
	});

	it.each<[string, () => string | Buffer]>([
		["ECDSA", ecdsa],
		["Ed25519", () => makeKeyPair().private],
	])("of %s sends its request before the host has accepted the service", async (_kind, make) => {
		await writeFile(key, make(), { mode: 0o600 });
		const host = await sshd([hostKey], {}, { acceptsService: false });
		const { fingerprint } = await readHostKey(host, NEVER);
		const session = await connectSsh({ ...host, key, fingerprint }, NEVER);
		session.close();
		expect(host.logins).toHaveLength(1);
	});

	it("leaves nothing on the signal, whether it succeeds or not", async () => {
		const { signal } = new AbortController();
		const host = await sshd([hostKey]);
		const { fingerprint } = await readHostKey(host, signal);
		const session = await connectSsh({ ...host, key, fingerprint }, signal);
		onTestFinished(() => session.close());
		await expect(connectSsh({ ...host, key, fingerprint, port: 1 }, signal)).rejects.toThrow("ECONNREFUSED");
		expect(getEventListeners(signal, "abort")).toEqual([]);
	});
});

describe("a host that cannot be logged in to", () => {
	it("because it offers old algorithms only is told so", async () => {
		const old = await sshd([hostKey], { kex: ["diffie-hellman-group14-sha1"] });
		expect(await refusal(readHostKey(old, NEVER))).toMatchObject({
			code: "instance_unreachable",
			message: expect.stringMatching(/^cpu-1 \(ops@127\.0\.0\.1:\d+\) cannot be reached: .*no matching key exchange/),
			hint: "update the sshd of cpu-1: it offers none of the algorithms that cres accepts, then cres doctor",
		});
	});

	it("because DNS does not answer now may be one of ~/.ssh/config", () => {
		const error = Object.assign(new Error("getaddrinfo EAI_AGAIN gpu"), { code: "EAI_AGAIN" });
		expect(explain(error, { name: "gpu-1", host: "gpu", port: 22, user: "root" })).toMatchObject({
			message: "gpu-1 (root@gpu:22) cannot be reached: getaddrinfo EAI_AGAIN gpu",
			hint: expect.stringContaining("ssh -G gpu shows what it holds, then cres doctor"),
		});
	});
});

describe("what is asked for to be shown a key of one type", () => {
	it("are the algorithms that sign with it", () => {
		expect(algorithmsFor("ssh-ed25519")).toEqual(["ssh-ed25519"]);
		expect(algorithmsFor("ssh-rsa")).toEqual(["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"]);
		expect([undefined, "unknown", "constructor"].map(algorithmsFor)).toEqual([undefined, undefined, undefined]);
	});
});
