import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { makeKeyPair } from "../../../rehearsal/vast/ssh-server.ts";
import { typeOf } from "../../../src/instances/ssh/host-key.ts";
import { connectSsh, readHostKey, readPinnedKey, type SshTarget } from "../../../src/instances/ssh/session.ts";

const NEVER = new AbortController().signal;
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" });
const ecdsa = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "sec1", format: "pem" });
const ed25519 = makeKeyPair().private;

let key: string;
beforeAll(async () => {
	key = join(await mkdtemp(join(tmpdir(), "cres-host-keys-")), "id");
	await writeFile(key, makeKeyPair().private, { mode: 0o600 });
});

/** An sshd with these host keys that lets everybody in. */
async function sshd(hostKeys: (string | Buffer)[]) {
	const server = new ssh2.Server({ hostKeys }, (connection) => {
		connection.on("error", () => {}).on("authentication", (attempt) => attempt.accept());
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => void server.close());
	return { name: "cpu-1", host: "127.0.0.1", user: "ops", port: (server.address() as AddressInfo).port };
}

const login = async (target: SshTarget) => (await connectSsh(target, NEVER)).close();

describe("T13: a host that gained a key type", () => {
	it.each([
		["rsa", rsa, "ssh-rsa"],
		["ecdsa", ecdsa, "ecdsa-sha2-nistp256"],
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
