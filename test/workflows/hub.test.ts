import { createPublicKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { repositoryNamed } from "../../rehearsal/github/seed.ts";
import { publicPem } from "../../src/attest/keys.ts";
import { AT_GITHUB, makeHub, type Hub } from "../support/actions/hub.ts";

let hub: Hub;
beforeAll(async () => {
	hub = await makeHub({
		settings: { project: "rehearsal" },
		registry: { username: "ann", password: "pass-word-1" },
		...{ store: { accessKey: "access", secretKey: "secret" }, baseImage: "registry.test/os@sha256:1" },
	});
}, 30_000);
afterAll(() => hub[Symbol.asyncDispose]());

/** Names behind `secrets.` or `vars.` in a workflow. */
const namesIn = (text: string, context: string): string[] =>
	[...text.matchAll(new RegExp(`\\b${context}\\.(\\w+)`, "g"))].map(([, name]) => name!);

describe("what a test or a benchmark gives to a run", () => {
	it.each(["images", "promote", "drift", "lock"])("is all that %s.yml takes from GitHub", async (name) => {
		const text = await readFile(join(hub.repository.directory, `.github/workflows/${name}.yml`), "utf8");
		const { secrets = {}, vars = {}, github } = await hub.supplies(name);
		expect(Object.keys(secrets)).toEqual(expect.arrayContaining(namesIn(text, "secrets")));
		expect(Object.keys(vars)).toEqual(expect.arrayContaining(namesIn(text, "vars")));
		expect(github.sha).toBe(await hub.repository.git("rev-parse", "HEAD"));
	});

	it("names the key in cres.yaml whose private half is the secret", async () => {
		const { attest } = parse(await readFile(join(hub.repository.directory, "cres.yaml"), "utf8")) as {
			attest: { keys: Record<string, string> };
		};
		const { secrets } = await hub.supplies("images");
		expect(Object.values(attest.keys)).toEqual([publicPem(createPublicKey(secrets!["ATTEST_KEY"]!))]);
	});

	it("has the number of a run of that workflow and commit", async () => {
		const { environment, github } = await hub.supplies("images");
		const { runs } = repositoryNamed(hub.github.world, AT_GITHUB);
		const run = runs.find(({ id }) => String(id) === environment["GITHUB_RUN_ID"]);
		expect(run).toMatchObject({ sha: github.sha, workflow: "images.yml", status: "in_progress" });
	});
});
