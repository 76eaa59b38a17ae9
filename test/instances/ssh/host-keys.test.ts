import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { makeKeyPair } from "../../../rehearsal/vast/ssh-server.ts";
import { typeOf } from "../../../src/instances/ssh/host-key.ts";
import { connectSsh, readHostKey, readPinnedKey, type SshTarget } from "../../../src/instances/ssh/session.ts";
import { sshd } from "./sshd.ts";

const NEVER = new AbortController().signal;
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" });
const ecdsa = (namedCurve: string) =>
	generateKeyPairSync("ec", { namedCurve }).privateKey.export({ type: "sec1", format: "pem" });
const ed25519 = makeKeyPair().private;

let key: string;
beforeAll(async () => {
	key = join(await mkdtemp(join(tmpdir(), "cres-host-keys-")), "id");
	await writeFile(key, makeKeyPair().private, { mode: 0o600 });
});

const login = async (target: SshTarget) => (await connectSsh(target, NEVER)).close();

describe("T13: a host that gained a key type", () => {
	it.each([
		["rsa", rsa, "ssh-rsa"],
		["ecdsa", ecdsa("P-256"), "ecdsa-sha2-nistp256"],
		["ecdsa of 384 bits", ecdsa("P-384"), "ecdsa-sha2-nistp384"],
		["ecdsa of 521 bits", ecdsa("P-521"), "ecdsa-sha2-nistp521"],
	])("is still known by its pinned %s key", async (_name, pinned, type) => {
		const { fingerprint, ...offered } = await readHostKey(await sshd([pinned]), NEVER);
		expect(typeOf({ fingerprint, ...offered })).toBe(type);
		const grown = await sshd([pinned, ed25519]);
		expect((await readHostKey(grown, NEVER)).fingerprint).not.toBe(fingerprint);
		await login({ ...grown, key, fingerprint, keyType: type });
		await login({ ...grown, key, fingerprint, keyType: "unknown" }); // pinned before types were kept
		for (const keyType of [type, "unknown"])
			expect((await readPinnedKey({ ...grown, fingerprint, keyType }, NEVER)).fingerprint).toBe(fingerprint);
	});

	it.each(["ssh-rsa", "unknown"])("that changed the pinned key itself is a mismatch (%s)", async (keyType) => {
		const { fingerprint } = await readHostKey(await sshd([rsa]), NEVER);
		const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
			type: "pkcs1",
			format: "pem",
		});
		for (const keys of [[other, ed25519], [ed25519]])
			await expect(login({ ...(await sshd(keys)), key, fingerprint, keyType })).rejects.toMatchObject({
				code: "host_key_mismatch",
				message: expect.stringContaining(`but ${fingerprint} is pinned for cpu-1`),
			});
	});
});

describe("a host whose pinned key is gone", () => {
	it.each([undefined, "unknown", "ssh-rsa"])("shows the key that it has now (%s)", async (keyType) => {
		const host = await sshd([ed25519]);
		const now = await readHostKey(host, NEVER);
		expect(await readPinnedKey({ ...host, fingerprint: "SHA256:gone", keyType }, NEVER)).toEqual(now);
	});
});

describe("a host key of RSA", () => {
	it.each(["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] as const)("may sign with %s alone", async (algorithm) => {
		const host = await sshd([rsa], { serverHostKey: [algorithm] });
		const { fingerprint } = await readHostKey(host, NEVER);
		await login({ ...host, key, fingerprint, keyType: "ssh-rsa" });
	});
});

describe("a pinned key of a type that cres does not know", () => {
	it("is asked for as whatever the host prefers", async () => {
		const host = await sshd([ed25519]);
		const { fingerprint } = await readHostKey(host, NEVER);
		for (const keyType of ["ssh-dss", "toString"]) await login({ ...host, key, fingerprint, keyType });
	});
});

describe("a host that does not answer as an sshd", () => {
	it.each([undefined, "unknown", "ssh-rsa"])("is asked once for the key that was pinned (%s)", async (keyType) => {
		let asked = 0;
		await using server = createServer((socket) => (asked++, socket.destroy())).listen(0, "127.0.0.1");
		await once(server, "listening");
		const { port } = server.address() as AddressInfo;
		const gone = { name: "cpu-1", host: "127.0.0.1", port, user: "ops", fingerprint: "SHA256:a", keyType };
		await expect(readPinnedKey(gone, NEVER)).rejects.toMatchObject({ code: "instance_unreachable" });
		await expect(login({ ...gone, key })).rejects.toMatchObject({ code: "instance_unreachable" });
		expect(asked).toBe(2);
	});
});
