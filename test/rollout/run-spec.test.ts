import { describe, expect, it } from "vitest";
import { runSpecHash } from "../../src/rollout/run-spec.ts";
import { changedSettings, renderChange, settingChanges } from "../../src/rollout/settings-change.ts";
import type { RunSpec } from "../../src/state/releases.ts";

const spec: RunSpec = { env: { A: "1", B: "2" }, secrets: { KEY: "f1" }, roles: ["cpu"], gpu: false };

describe("changedSettings", () => {
	it.each<[string, Partial<RunSpec>, string[]]>([
		["nothing", {}, []],
		["a value", { env: { A: "1", B: "3" } }, ["B"]],
		["one more and one less", { env: { A: "1", C: "2" } }, ["B", "C"]],
		["a secret, by its fingerprint", { secrets: { KEY: "f2" } }, ["KEY"]],
		["all else", { roles: ["cpu", "gpu"], gpu: true, memoryMb: 512 }, ["gpu", "memory", "roles"]],
	])("names %s", (_case, change, names) => {
		expect(changedSettings(spec, { ...spec, ...change })).toEqual(names);
		expect(runSpecHash(spec) === runSpecHash({ ...spec, ...change })).toBe(names.length === 0);
	});
});

describe("settingChanges", () => {
	const lines = (change: Partial<RunSpec>) =>
		settingChanges(spec, { ...spec, ...change }).map((one) => renderChange(one));

	it("shows what each setting was and is, and of a secret that it changed", () => {
		const env = { A: "", C: "3" };
		const memoryMb = 512;
		expect(lines({ env, secrets: { KEY: "f2" }, memoryMb, roles: ["cpu", "gpu"], gpu: true })).toEqual([
			...['A: 1 → ""', "B: 2 → unset", "C: unset → 3", "KEY: changed", "gpu: false → true"],
			...["memory: unset → 512 MiB", "roles: cpu → cpu+gpu"],
		]);
	});

	it("shows no credential of a URL, no control character and no more than a line", () => {
		const env = { A: "postgres://me:hush@db/x", B: `a\nb${"c".repeat(200)}` };
		expect(lines({ env })).toEqual(["A: 1 → postgres://[redacted]@db/x", `B: 2 → a b${"c".repeat(117)}…`]);
	});

	it("holds no value of a secret, not even its fingerprint", () => {
		expect(settingChanges(spec, { ...spec, secrets: { KEY: "f2" } })).toEqual([
			{ name: "KEY", secret: true, before: null, after: null },
		]);
	});
});
