import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { generateKey, type KeyPlace } from "../../src/attest/keygen.ts";
import { signingKey, trustedKeys } from "../../src/attest/keys.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Registry } from "../../src/registry/registry.ts";
import { slowChange } from "../support/config-change.ts";
import { runCres } from "../support/run-cres.ts";
import { refusal } from "../support/refusal.ts";
import { keyPair, portsOf, type Signer } from "./world.ts";

const SETTINGS = `project: p
image: { repository: owner/worker }
registry: { push: { address: "127.0.0.1:5000", tls: false } } # ours
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000" }
`;

async function project(yaml = SETTINGS, env?: string) {
	const directory = await mkdtemp(join(tmpdir(), "cres-attest-"));
	await writeFile(join(directory, "cres.yaml"), yaml);
	if (env !== undefined) await writeFile(join(directory, ".env"), env, { mode: 0o640 });
	const load = () => loadConfig({ directory, environment: {} });
	const read = (name: string) => readFile(join(directory, name), "utf8");
	return { directory, load, read };
}

const configOf = (signer: Signer) => portsOf(undefined as unknown as Registry, signer).config;

describe("cres attest keygen", () => {
	it("prints the public half, and puts the private one into .env alone", async () => {
		const { directory, load, read } = await project(SETTINGS, "A=1\n");
		const { code, stdout, stderr } = await runCres(directory, "attest", "keygen");
		expect({ code, stderr }).toMatchObject({ code: 0 });
		const config = await load();
		expect(stdout).toBe(config.attest.keys["ci"]);
		expect(await read("cres.yaml")).toBe(
			`${SETTINGS}attest:\n  keys:\n    ci: |\n${stdout.replaceAll(/^(?=.)/gm, "      ")}`,
		);
		const secret = /^A=1\nATTEST_KEY=([\w+/]+=*)\n$/.exec(await read(".env"))![1]!;
		expect((await stat(join(directory, ".env"))).mode & 0o777).toBe(0o640);
		expect(`${stdout}${stderr}`).not.toContain(secret);
		expect((await signingKey(config)).name).toBe("ci");
	});

	it("makes .env for its owner alone, and says the same under --json", async () => {
		const { directory, load } = await project();
		const { stdout } = await runCres(directory, "attest", "keygen", "--name", "laptop", "--json");
		const config = await load();
		const { id } = await signingKey(config);
		expect(JSON.parse(stdout)).toEqual({
			...{ name: "laptop", keyId: id, publicKey: config.attest.keys["laptop"], replaced: false },
		});
		expect((await stat(join(directory, ".env"))).mode & 0o777).toBe(0o600);
	});

	it("is refused to the second of two at the same time, and keeps what else is written", async () => {
		const { directory, load, read } = await project(SETTINGS, "A=1\n");
		const { written } = await slowChange(join(directory, ".env"), (now) => `${now}B=2\n`);
		const config = await load();
		const made = ["ci", "laptop"].map((name) => generateKey(config, name, false));
		const settled = await Promise.allSettled(made);
		await written;
		expect(settled.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
		const refused = settled.find(({ status }) => status === "rejected") as PromiseRejectedResult;
		expect(refused.reason).toMatchObject({ code: "attest_key_taken" });
		expect(await read(".env")).toMatch(/^A=1\nB=2\nATTEST_KEY=\S+\n$/);
	});

	it("replaces no key unasked", async () => {
		const { load } = await project();
		await generateKey(await load(), "ci", false);
		const config = await load();
		expect(await refusal(generateKey(config, "other", false))).toMatchObject({
			code: "attest_key_taken",
			message: ".env has an ATTEST_KEY already",
		});
		const emptied = { ...config, root: (await project()).directory };
		expect((await refusal(generateKey(emptied, "ci", false))).message).toBe(
			"cres.yaml has a key ci under attest.keys already",
		);
	});

	it("keeps the public half of a key that it replaces under another name", async () => {
		const { load } = await project();
		const first = await generateKey(await load(), "ci", false);
		const second = await generateKey(await load(), "ci-2", true);
		expect(second.replaced).toBe(true);
		const config = await load();
		expect((await trustedKeys(config)).map(({ name, id }) => [name, id])).toEqual([
			["ci", first.keyId],
			["ci-2", second.keyId],
		]);
		expect((await signingKey(config)).id).toBe(second.keyId);
		const third = await generateKey(config, "ci", true);
		expect(new Set(Object.values((await load()).attest.keys))).toEqual(new Set([third.publicKey, second.publicKey]));
	});

	it("says what is in the way", async () => {
		const { load } = await project();
		const config = await load();
		expect((await refusal(generateKey(config, "A b", false))).code).toBe("attest_key_name");
		const environment: KeyPlace["environment"] = [{ name: "ATTEST_KEY", source: "environment", secret: true }];
		expect((await refusal(generateKey({ ...config, environment }, "ci", true))).code).toBe("attest_key_elsewhere");
	});
});

describe("a signing key", () => {
	const pair = keyPair();
	const keys = { ci: pair.publicKey };
	const body = pair.privateKey.replaceAll(/-----.*-----|\n/g, "");

	it.each([
		["PEM", pair.privateKey],
		["PEM on one line", pair.privateKey.trim().replaceAll("\n", "\\n")],
		["PEM with CRLF", pair.privateKey.replaceAll("\n", "\r\n")],
		["base64", body],
	])("may be %s", async (_, privateKey) => {
		expect((await signingKey(configOf({ keys, privateKey }))).name).toBe("ci");
	});

	it.each([
		["attest_key_missing", undefined, keys, /^ATTEST_KEY has no value/],
		["attest_key_invalid", "no key", keys, /^ATTEST_KEY is not a key$/],
		["attest_key_invalid", body.slice(0, -8), keys, /^ATTEST_KEY is not a key$/],
		["attest_key_invalid", pair.privateKey, {}, /^cres.yaml does not name the public half of ATTEST_KEY \(key id /],
		["attest_key_invalid", pair.privateKey, { ci: keyPair().publicKey }, /^cres.yaml does not name the public half/],
	])("%s: %s", async (code, privateKey, trusted, message) => {
		const told = await refusal(signingKey(configOf({ keys: trusted, privateKey })));
		expect(told).toMatchObject({ code, message: expect.stringMatching(message) as string });
		expect(JSON.stringify(told)).not.toContain(body.slice(0, 40));
	});

	it("that cres.yaml does not name leads to what CI needs", async () => {
		const { hint } = await refusal(signingKey(configOf({ keys: {}, privateKey: pair.privateKey })));
		expect(hint).toContain("cres attest keygen");
		expect(hint).toContain("commit cres.yaml (cres guide ci)");
	});

	it.each(["rsa", "ed25519", "secp384r1"])("is on the curve P-256: %s", async (type) => {
		const other =
			type === "rsa"
				? generateKeyPairSync("rsa", { modulusLength: 2048 })
				: type === "ed25519"
					? generateKeyPairSync("ed25519")
					: generateKeyPairSync("ec", { namedCurve: type });
		const privateKey = other.privateKey.export({ type: "pkcs8", format: "pem" }) as string;
		expect((await refusal(signingKey(configOf({ keys, privateKey })))).message).toContain("not of the curve P-256");
	});
});

describe("a public key", () => {
	it("may be in a file beside cres.yaml", async () => {
		const { directory } = await project();
		const pair = keyPair();
		await writeFile(join(directory, "ci.pub"), pair.publicKey);
		const config = configOf({ keys: { ci: "ci.pub" }, privateKey: pair.privateKey, root: directory });
		expect(await trustedKeys(config)).toEqual([
			expect.objectContaining({ name: "ci", id: (await signingKey(config)).id }),
		]);
	});

	it.each([
		["nowhere.pub", /^attest.keys.ci names .*nowhere.pub, which is not there$/],
		[".", /^attest.keys.ci names .*, which cannot be read \(EISDIR\)$/],
		["-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----", /^attest.keys.ci is not a key$/],
		[keyPair().privateKey, /^attest.keys.ci is a private key$/],
	])("is refused: %j", async (value, message) => {
		const { directory } = await project();
		const told = await refusal(trustedKeys(configOf({ keys: { ci: value }, root: directory })));
		expect(told).toMatchObject({ code: "attest_key_invalid", message: expect.stringMatching(message) as string });
	});
});
