import { describe, expect, it } from "vitest";
import { stagingOf } from "../../../src/instances/vast/roll/staging.ts";
import { Secret } from "../../../src/secrets/secret.ts";
import { refusal } from "../../support/refusal.ts";

const flag = (name: string, value: string) => ({ name, value: new Secret(value, { sought: false }) });
const staged = (env: Record<string, string> = {}, of: { contract?: ReturnType<typeof flag>[] } = {}) =>
	stagingOf(
		{
			...{ rollout: "20261129T101500.123-4", reference: "registry.test/cres/worker:b-b", specHash: "s1" },
			spec: { env, secrets: { KEY: "f1" }, roles: ["cpu"], gpu: false },
			secrets: { KEY: new Secret("a-secret-of-staging") },
		},
		{ env: of.contract ?? [] },
	);
const bytesOf = (env: Record<string, string>) => JSON.stringify(env).length;

describe("what the platform is told to run", () => {
	it("is the environment whole, with the flags that the contract was made with and nothing else of it", () => {
		const contract = [flag("-p 22:22", "1"), flag("-h", "its-name"), flag("OLD", "1"), flag("A", "of before")];
		expect(staged({ A: "1" }, { contract })).toMatchObject({
			image: "registry.test/cres/worker:b-b",
			env: { "-p 22:22": "1", "-h": "its-name", A: "1", KEY: "a-secret-of-staging" },
		});
		expect(Object.keys(staged({ A: "1" }, { contract }).env)).not.toContain("OLD");
	});

	it("shows ssh logins the clear settings, and the name of no secret", () => {
		const { onstart } = staged({ A: "1", B: "2", KEY: "clear", MINIO_SECRET_KEY: "x" });
		expect(onstart).toContain("shown='^(A|B|CONTAINER_ID|GPU_COUNT|PUBLIC_IPADDR|VAST_CONTAINERLABEL)='");
		expect(onstart).toMatch(/^# cres on-start of rollout 20261129T101500\.123-4\n# run spec s1$/m);
		expect(onstart).not.toMatch(/KEY|a-secret/);
	});

	it("may have exactly the bytes that Vast takes", async () => {
		const rest = bytesOf(staged({ A: "" }).env);
		const most = { A: "x".repeat(32_768 - rest) };
		expect(bytesOf(staged(most).env)).toBe(32_768);
		expect(await refusal(Promise.try(() => staged({ A: `${most.A}x` })))).toEqual({
			code: "env_too_large",
			message: "the environment has 32769 bytes, Vast takes 32768",
			hint: "leave some of env in cres.yaml out",
		});
	});

	it("may have an on-start of exactly the bytes that Vast takes", async () => {
		const named = (length: number) => ({ ["A".repeat(length)]: "1" });
		const rest = staged(named(1)).onstart.length - 1;
		expect(staged(named(4048 - rest)).onstart).toHaveLength(4048);
		expect(await refusal(Promise.try(() => staged(named(4049 - rest))))).toEqual({
			code: "on_start_too_long",
			message: "the on-start script has 4049 bytes, Vast takes 4048",
			hint: "its length grows with the number of names under env in cres.yaml: leave some out",
		});
	});
});
