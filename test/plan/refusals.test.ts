import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { floatingLines, knownEndpoints, learnSecrets, secretLines } from "../../src/plan/refusals.ts";
import { redact } from "../../src/secrets/secret.ts";
import { recordEndpoint } from "../../src/state/endpoints.ts";

describe("an address that lasts no longer than a container", () => {
	it.each([
		["ssh7.vast.ai", "ssh7.vast.ai"],
		["see ssh7.vast.ai:12345.", "ssh7.vast.ai:12345"],
		["(my-host.vast.ai)", "my-host.vast.ai"],
		["SSH12.VAST.AI", "SSH12.VAST.AI"],
		["198.51.100.7:41234", "198.51.100.7:41234"],
		["tcp://172.32.0.1:41234/", "172.32.0.1:41234"],
		["172.15.0.1:41234", "172.15.0.1:41234"],
		["ssh root@h -p 41234", "ssh root@h -p 41234"],
		["ssh  -p4123 h", "ssh  -p4123"],
		["ssh://root@h:4123", "ssh://root@h:4123"],
		["at KNOWN.example.org:22 it", "known.example.org:22"],
	])("stands in %j", (line, what) => {
		const text = `first\r\nsecond\r${line}\nlast`;
		expect(floatingLines(text, ["known.example.org:22"])).toEqual([{ line: 3, what }]);
	});

	it.each([
		...["vast.ai", "console.vast.ai", "Cloud.vast.ai", "docs.vast.ai", "www.vast.ai", "x.ssh7.vast.aix"],
		...["ssh7.vast.ai.example.org", "a.my-host.vast.aid", "ssh7-vast.ai"],
		...[
			"0.0.0.0:41234",
			"127.0.0.1:41234",
			"10.1.2.3:41234",
			"192.168.1.2:41234",
			"172.16.0.1:41234",
			"172.31.0.1:41234",
		],
		...["172.20.0.1:41234", "198.51.100.7:4123", "198.51.100.7:412345", "1.198.51.100.7:8080", "v1.2.3.4:12345"],
		...["ssh -p 22 h", "ssh -p 412345 h", "rsh -p 41234 h", "sshd -p 41234", "ssh `h` -p 41234", "ssh://h:22", "ssh h"],
		"known.example.org:23",
	])("does not stand in %j", (line) => {
		expect(floatingLines(line, ["known.example.org:22"])).toEqual([]);
	});

	it("is every one that the record of an instance has, now and before, once", async () => {
		const state = await mkdtemp(join(tmpdir(), "cres-refusals-"));
		const endpoint = { via: "direct" as const, contract: 1, fingerprint: "SHA256:x", verifiedBy: "log" as const };
		for (const [generation, host] of ["203.0.113.9", "203.0.113.8", "203.0.113.9"].entries())
			await recordEndpoint(state, "gpu-1", {
				...endpoint,
				generation,
				host,
				port: 22,
				since: `2026-01-0${generation + 1}T00:00:00Z`,
			});
		const known = await knownEndpoints({ state, instances: { "gpu-1": {}, "cpu-1": {} } as never });
		expect(known.toSorted()).toEqual(["203.0.113.8:22", "203.0.113.9:22"]);
		await rm(join(state, "endpoint-history.jsonl"));
		expect(await knownEndpoints({ state, instances: { "gpu-1": {} } as never })).toEqual(["203.0.113.9:22"]);
	});
});

describe("a secret", () => {
	it("is what a name of .env says to be one, not what points to a file or a variable", async () => {
		const root = await mkdtemp(join(tmpdir(), "cres-refusals-"));
		const secret = [
			"A_KEY",
			"B_SECRETS",
			"C_token",
			"D_PASSWORD",
			"E_PASSWD",
			"F_PASSPHRASE",
			"G_CREDENTIAL",
			"H_KEYS",
		];
		const pointer = [
			"~/.ssh/id-r",
			"./key-rel",
			"../key-rel",
			"/etc/key-abs",
			"C:\\key-win",
			"$VARIABLE-r",
			"id_ed25519",
		];
		const lines = [
			...secret.map((name, at) => `${name}=refusal-sentinel-${at}`),
			...pointer.map((value, at) => `P${at}_KEY='${value}'`),
			...["KEY_NAME=ordinary-sentinel", "TOKENIZER=other-sentinel", "EMPTY_KEY="],
		];
		await writeFile(join(root, ".env"), lines.join("\n"));
		await learnSecrets(root);
		for (const at of secret.keys()) expect(redact(`refusal-sentinel-${at}`)).not.toContain("sentinel");
		for (const value of [...pointer, "ordinary-sentinel", "other-sentinel"]) expect(redact(value)).toBe(value);
		const known = "a secret of this project, as .env or the environment has it";
		expect(secretLines("x\r\nrefusal-sentinel-0\rx\nghp_abcdefghijklmnopqrstuvwxyz0123456789 y")).toEqual([
			{ line: 2, what: known },
			{ line: 4, what: "a token of GitHub" },
		]);
	});

	it("is none where there is no .env, or none that can be read", async () => {
		const root = await mkdtemp(join(tmpdir(), "cres-refusals-"));
		await learnSecrets(root);
		await mkdir(join(root, ".env"));
		await learnSecrets(root);
	});
});
