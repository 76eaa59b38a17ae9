import { describe, expect, it } from "vitest";
import { changedSettings, runSpecHash } from "../../src/rollout/run-spec.ts";
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
