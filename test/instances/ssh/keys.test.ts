import { generateKeyPairSync, type KeyObject } from "node:crypto";
import ssh2 from "ssh2";
import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { makeKeyPair } from "../../../rehearsal/vast/ssh-server.ts";
import { keyCheck } from "../../../src/instances/ssh/key-check.ts";
import { publicKeyOf } from "../../../src/instances/ssh/public-key.ts";
import { systemShell } from "../../../src/system/shell.ts";
import { simulatedWindows } from "../../support/simulated-windows.ts";

let root: string;
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-keys-"));
});
const linux = { platform: "linux", shell: systemShell } as const;
const verdict = (key: string, machine: Parameters<typeof keyCheck>[1] = linux) =>
	keyCheck({ name: "cpu-1", settings: { key }, config: { root } }, machine).run(new AbortController().signal);

describe("the check of a private key", () => {
	const fix = "set instances.cpu-1.key in cres.yaml to your private key file, or make one: ssh-keygen -t ed25519 -f id";

	it("names the instance, and the setting to correct", () => {
		const check = keyCheck({ name: "cpu-1", settings: { key: "id" }, config: { root } }, linux);
		expect([check.name, check.fix]).toEqual([
			"ssh key of cpu-1",
			"set instances.cpu-1.key in cres.yaml to your private key file",
		]);
	});

	it("is content with a key that is its owner's alone", async () => {
		await writeFile(join(root, "id"), "key", { mode: 0o600 });
		expect(await verdict("id")).toEqual({ status: "ok", observed: "id (0600)" });
	});

	it.each([0o640, 0o604, 0o610, 0o601])("names one that other users can read or change (%o)", async (mode) => {
		await writeFile(join(root, "id"), "key");
		await chmod(join(root, "id"), mode);
		const observed = `other users can read or change id (0${mode.toString(8)})`;
		expect(await verdict("id")).toEqual({ status: "fail", observed, fix: "chmod 600 id" });
	});

	it("asks Windows for the rights, where a mode says nothing", async () => {
		const file = join(root, "id");
		await writeFile(file, "key", { mode: 0o644 });
		const { shell, rights, user } = simulatedWindows({});
		const machine = { platform: "win32", shell } as const;
		rights.set(file, `O:${user}G:DUD:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;${user})`);
		expect(await verdict("id", machine)).toEqual({ status: "ok", observed: "id (this user's alone)" });
		rights.set(file, `O:${user}G:DUD:AI(A;ID;FA;;;${user})(A;ID;0x1200a9;;;BU)`);
		expect(await verdict("id", machine)).toEqual({
			status: "fail",
			observed: `other users can read or change ${file} (Users (S-1-5-32-545))`,
			fix: `icacls "${file}" /inheritance:r /remove:g "*S-1-5-32-545" /grant:r "*${user}:F"`,
		});
	});

	it("names one that is not there, or no file", async () => {
		expect(await verdict("id")).toEqual({ status: "fail", observed: "id cannot be read (ENOENT)", fix });
		await mkdir(join(root, "id"));
		expect(await verdict("id")).toEqual({ status: "fail", observed: "id is not a file", fix });
	});
});

describe("the public half of a private key", () => {
	it("is what authorized_keys takes", async () => {
		const pair = makeKeyPair();
		await writeFile(join(root, "id"), pair.private);
		const [type, key] = pair.public.split(" ");
		expect(await publicKeyOf("gpu-1", join(root, "id"))).toBe(`${type} ${key} cres`);
	});

	it("is not known of a file that is missing, or no key", async () => {
		const path = join(root, "id");
		await expect(publicKeyOf("gpu-1", path)).rejects.toMatchObject({
			...{ code: "ssh_key_missing", message: `the ssh key ${path} of gpu-1 cannot be read (ENOENT)` },
			hint: `set instances.gpu-1.key in cres.yaml to your private key file, or make one: ssh-keygen -t ed25519 -f ${path}`,
		});
		await writeFile(path, "no key");
		await expect(publicKeyOf("gpu-1", path)).rejects.toMatchObject({
			code: "ssh_key_unusable",
			message: `the ssh key ${path} of gpu-1 cannot be used: Unsupported key format`,
		});
	});
});

describe("T14: a private key", () => {
	const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
	const use = async (text: string | Buffer) => {
		await writeFile(join(root, "id"), text);
		return publicKeyOf("gpu-1", join(root, "id"));
	};
	const pem = (key: KeyObject, locked: object = {}) =>
		String((key as { export(options: object): unknown }).export({ type: "pkcs8", format: "pem", ...locked }));
	const openssh = (type: string) => {
		const inside = Buffer.concat([Buffer.from("openssh-key-v1\0none"), Buffer.from(type)]).toString("base64");
		return `-----BEGIN OPENSSH PRIVATE KEY-----\n${inside}\n-----END OPENSSH PRIVATE KEY-----\n`;
	};

	it("in PKCS#8 of RSA and ECDSA is read", async () => {
		expect(await use(pem(rsa))).toMatch(/^ssh-rsa /);
		const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
		expect(await use(pem(ec))).toMatch(/^ecdsa-sha2-nistp256 /);
	});

	it("of another kind is told by its kind, and what to do", async () => {
		const own = `make a key for cres: ssh-keygen -t ed25519 -N "" -f ${join(root, "id")}_cres`;
		const spki = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" });
		const publicOnes = [
			makeKeyPair().public,
			"ssh-ed25519 torn",
			"ecdsa-sha2-nistp256 torn",
			"sk-ssh-ed25519@openssh.com AAAA",
			String(spki),
			"---- BEGIN SSH2 PUBLIC KEY ----\ntorn",
		];
		const encrypted = "it is encrypted, and cres asks for no passphrase and no agent";
		const locked = ssh2.utils.generateKeyPairSync("ed25519", {
			passphrase: "secret",
			cipher: "aes256-cbc",
			rounds: 1,
		}).private;
		for (const [text, what, hint] of [
			[openssh("sk-ssh-ed25519@openssh.com"), "it needs a hardware token (sk key), which cres does not use", own],
			[pem(rsa, { cipher: "aes-256-cbc", passphrase: "secret" }), encrypted, own],
			[locked, encrypted, own],
			[
				String(rsa.export({ type: "pkcs1", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" })),
				encrypted,
				own,
			],
			[
				openssh("sk-ecdsa-sha2-nistp256@openssh.com"),
				"it needs a hardware token (sk key), which cres does not use",
				own,
			],
			[
				pem(generateKeyPairSync("ed25519").privateKey),
				"it is a PKCS#8 key of a kind that cres does not read",
				"convert it",
			],
			...publicOnes.map((text) => [text, "it is a public key", `name the private one: ${join(root, "id")}`] as const),
			["no key", "Unsupported key format", own],
			["-----BEGIN PRIVATE KEY-----\nno key", "it is a PKCS#8 key of a kind that cres does not read", "convert it"],
			["a note: ssh-rsa is no key, nor is ecdsa-x or sk-x", "Unsupported key format", own],
		] as const)
			await expect(use(text), what).rejects.toMatchObject({
				code: "ssh_key_unusable",
				message: `the ssh key ${join(root, "id")} of gpu-1 cannot be used: ${what}`,
				hint: expect.stringContaining(hint),
			});
	});

	it("that is named by its public half is named without .pub", async () => {
		await writeFile(join(root, "my.pub.key.pub"), makeKeyPair().public);
		await expect(publicKeyOf("gpu-1", join(root, "my.pub.key.pub"))).rejects.toMatchObject({
			hint: `name the private one: ${join(root, "my.pub.key")}`,
		});
	});
});
