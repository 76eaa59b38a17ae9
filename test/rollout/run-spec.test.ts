import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { changedSecrets, fingerprintsOf, runSpecHash } from "../../src/rollout/run-spec.ts";
import { changedSettings, renderChange, settingChanges } from "../../src/rollout/settings-change.ts";
import { Secret } from "../../src/secrets/secret.ts";
import type { RunSpec } from "../../src/state/releases.ts";

const KEY = Buffer.alloc(32, 1);
const one = { KEY: new Secret("value-one") };
const other = { KEY: new Secret("value-two") };
const f1 = fingerprintsOf(one, KEY);
const f2 = fingerprintsOf(other, KEY);
const spec: RunSpec = { env: { A: "1", B: "2" }, secrets: f1, roles: ["cpu"], gpu: false };

describe("changedSettings", () => {
	it.each<[string, Partial<RunSpec>, string[]]>([
		["nothing", {}, []],
		["a value", { env: { A: "1", B: "3" } }, ["B"]],
		["one more and one less", { env: { A: "1", C: "2" } }, ["B", "C"]],
		["a secret, by its fingerprint", { secrets: f2 }, ["KEY"]],
		["all else", { roles: ["cpu", "gpu"], gpu: true, memoryMb: 512 }, ["gpu", "memory", "roles"]],
	])("names %s", (_case, change, names) => {
		expect(changedSettings(spec, { ...spec, ...change })).toEqual(names);
		const now = change.secrets ? other : one;
		expect(runSpecHash(spec, one) === runSpecHash({ ...spec, ...change }, now)).toBe(names.length === 0);
	});
});

describe("settingChanges", () => {
	const lines = (change: Partial<RunSpec>) =>
		settingChanges(spec, { ...spec, ...change }).map((one) => renderChange(one));

	it("shows what each setting was and is, and of a secret that it changed", () => {
		const env = { A: "", C: "3" };
		const memoryMb = 512;
		expect(lines({ env, secrets: f2, memoryMb, roles: ["cpu", "gpu"], gpu: true })).toEqual([
			...['A: 1 → ""', "B: 2 → unset", "C: unset → 3", "KEY: changed", "gpu: false → true"],
			...["memory: unset → 512 MiB", "roles: cpu → cpu+gpu"],
		]);
	});

	it("shows no credential of a URL, no control character and no more than a line", () => {
		const env = { A: "postgres://me:hush@db/x", B: `a\nb${"c".repeat(200)}` };
		expect(lines({ env })).toEqual(["A: 1 → postgres://[redacted]@db/x", `B: 2 → a b${"c".repeat(117)}…`]);
		expect(lines({ env: { A: "1", B: "c".repeat(120) } })).toEqual([`B: 2 → ${"c".repeat(120)}`]);
	});

	it("holds no value of a secret, not even its fingerprint", () => {
		expect(settingChanges(spec, { ...spec, secrets: f2 })).toEqual([
			{ name: "KEY", secret: true, before: null, after: null },
		]);
	});
});

describe("A14: fingerprints of secrets", () => {
	const before = createHash("sha256").update("cres\0KEY\0value-one").digest("hex").slice(0, 16);

	it("are not to be guessed from records, nor is what stands on instances", () => {
		expect(JSON.stringify(f1)).not.toContain(before);
		expect(fingerprintsOf(one, Buffer.alloc(32, 2))).not.toEqual(f1);
		const unkeyed = { ...spec, secrets: { KEY: before } };
		expect(runSpecHash(unkeyed, one)).not.toBe(
			createHash("sha256").update(JSON.stringify(unkeyed)).digest("hex").slice(0, 16),
		);
	});

	it("of the same secrets make the same run spec on every machine", () => {
		const there = { ...spec, secrets: fingerprintsOf(one, Buffer.alloc(32, 2)) };
		expect(runSpecHash(there, one)).toBe(runSpecHash(spec, one));
	});

	it("by another key, or none, tell nothing", () => {
		for (const secrets of [{ KEY: before }, fingerprintsOf(one, Buffer.alloc(32, 2))]) {
			expect(changedSecrets({ ...spec, secrets }, f1)).toEqual({ changed: [], unknown: ["KEY"] });
			expect(settingChanges({ ...spec, secrets }, spec).map((change) => renderChange(change))).toEqual([
				"KEY: unknown whether changed",
			]);
		}
		expect(changedSecrets(spec, f2)).toEqual({ changed: ["KEY"], unknown: [] });
		expect(changedSecrets(spec, f1)).toEqual({ changed: [], unknown: [] });
		expect(changedSecrets(spec, {})).toEqual({ changed: ["KEY"], unknown: [] });
	});
});
