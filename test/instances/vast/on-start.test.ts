import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { parseOnStart } from "../../../src/contracts/vast.ts";
import { renderOnStart } from "../../../src/instances/vast/roll/on-start.ts";
import { stagingOf } from "../../../src/instances/vast/roll/staging.ts";
import { Secret } from "../../../src/secrets/secret.ts";

const facts = { rollout: "20261125T101500.123-1", specHash: "0123456789abcdef", names: ["WORKER_MODE", "B"] };
const spec = { env: { WORKER_MODE: "gpu", API_TOKEN: "of the app" }, secrets: {}, roles: ["gpu" as const], gpu: true };
const reference = "ghcr.io/owner/app:b-111111111111";

it("says whose it is, and for which run spec", () => {
	expect(parseOnStart(renderOnStart(facts))).toEqual({ rollout: facts.rollout, specHash: facts.specHash });
	expect(parseOnStart("apt-get update")).toBeUndefined();
	expect(parseOnStart(null)).toBeUndefined();
});

it("is a script that a POSIX shell takes", async () => {
	await promisify(execFile)("sh", ["-n", "-c", renderOnStart(facts)]);
});

it("is refused when it is longer than the platform takes, with what to do", () => {
	const names = Array.from({ length: 200 }, (_, index) => `A_RATHER_LONG_NAME_${index}`);
	expect(() => renderOnStart({ ...facts, names })).toThrow(/Vast takes 4048/);
	expect(Buffer.byteLength(renderOnStart(facts))).toBeLessThanOrEqual(2048);
});

it("names no secret, and the environment holds all with the port flags of before", () => {
	const secrets = { MINIO_SECRET_KEY: new Secret("a-secret-value"), API_TOKEN: new Secret("another-secret") };
	const env = [
		{ name: "-p 22:22", value: new Secret("1") },
		{ name: "OLD", value: new Secret("goes") },
	];
	const staging = stagingOf({ ...facts, reference, spec, secrets }, { env });
	expect(staging.env).toEqual({
		"-p 22:22": "1",
		WORKER_MODE: "gpu",
		MINIO_SECRET_KEY: "a-secret-value",
		API_TOKEN: "another-secret",
	});
	for (const word of ["SECRET", "API_TOKEN", "a-secret-value", "another-secret"])
		expect(staging.onstart).not.toContain(word);
	expect(staging.onstart).toContain("WORKER_MODE");
});

it("is refused when the environment is larger than the platform takes", () => {
	const large = { ...spec, env: { LARGE: "x".repeat(33_000) } };
	expect(() => stagingOf({ ...facts, reference, spec: large, secrets: {} }, { env: [] })).toThrow(/Vast takes 32768/);
});
