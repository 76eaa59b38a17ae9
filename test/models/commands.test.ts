import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCres } from "../support/run-cres.ts";
import { startWeed, type Weed } from "./weed.ts";

let weed: Weed;
let directory: string;
beforeAll(async () => {
	[weed, directory] = await Promise.all([startWeed(), mkdtemp(join(tmpdir(), "cres-models-"))]);
	const yaml = `project: video
image: { repository: owner/worker }
registry: { push: { address: ghcr.io } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "${weed.endpoint}" }
instances: {}
`;
	await writeFile(join(directory, "cres.yaml"), yaml);
	const env = `MINIO_ACCESS_KEY=${weed.accessKey}\nMINIO_SECRET_KEY=${weed.secretKey}\n`;
	await writeFile(join(directory, ".env"), env, { mode: 0o600 });
	await writeFile(join(directory, "small.gguf"), `GGUF${"x".repeat(1_234)}`);
}, 60_000);
afterAll(() => Promise.all([weed.close(), rm(directory, { recursive: true, force: true })]));

const models = async (...args: string[]) => {
	const ran = await runCres(directory, "models", ...args);
	expect(ran.stdout + ran.stderr).not.toContain(weed.secretKey);
	return ran;
};
const PUSH = ["push", "small.gguf", "--kind", "llm", "--name"];

describe("the commands, in the order of first use", () => {
	it("list names the next command when there is nothing", async () => {
		expect(await models("list")).toMatchObject({
			code: 0,
			stdout: "the store has no models yet\n  → cres models push FILE --name NAME --kind llm\n",
		});
	});

	it("push --dry-run says what it would do", async () => {
		const { code, stdout } = await models(...PUSH, "small", "--dry-run");
		expect(code).toBe(0);
		expect(stdout).toMatchInlineSnapshot(`
			"FILE            SIZE    SHA256        STATE
			llm/small.gguf  1.2 kB  f2de7e7359e1  would be sent
			llm model small in cres: the manifest would name it
			"
		`);
	});

	it("push does it, and the second time finds it done", async () => {
		const { stdout, stderr } = await models(...PUSH, "small");
		expect(stdout).toMatchInlineSnapshot(`
			"FILE            SIZE    SHA256        STATE
			llm/small.gguf  1.2 kB  f2de7e7359e1  sent
			llm model small in cres: the manifest names it now
			cres.yaml names the manifest 9a7bb268667e now; cres deploy hands it over
			"
		`);
		expect(stderr).toContain("send small.gguf");
		expect((await models(...PUSH, "small")).stdout).toMatchInlineSnapshot(`
			"FILE            SIZE    SHA256        STATE
			llm/small.gguf  1.2 kB  f2de7e7359e1  there already
			llm model small in cres: the manifest named it already
			"
		`);
	});

	it("list shows it", async () => {
		expect((await models("list")).stdout).toMatchInlineSnapshot(`
			"NAME   KIND  SIZE    FILE            SHA256
			small  llm   1.2 kB  llm/small.gguf  f2de7e7359e1
			manifest 9a7bb268667e: the one that cres.yaml names
			"
		`);
		expect(JSON.parse((await models("list", "--json")).stdout)).toMatchInlineSnapshot(`
			{
			  "models": [
			    {
			      "bytes": 1238,
			      "files": [
			        {
			          "bytes": 1238,
			          "path": "llm/small.gguf",
			          "sha256": "f2de7e7359e1b6a1db910bc60dba5b05df017535f4af9a7c351cd1a1558fe5ea",
			          "source": "models/llm/small/f2de7e7359e1b6a1/small.gguf",
			        },
			      ],
			      "kind": "llm",
			      "name": "small",
			    },
			  ],
			  "pinned": true,
			  "sha256": "9a7bb268667e1cd4aca5900a9abf2759d6a71426e84e4a7a629ce76b679af5c6",
			}
		`);
	});

	it("push --json gives keys and checksums", async () => {
		const printed = JSON.parse((await models(...PUSH, "small", "--json")).stdout) as object;
		expect(printed).toMatchInlineSnapshot(`
			{
			  "bucket": "cres",
			  "dryRun": false,
			  "files": [
			    {
			      "bytes": 1238,
			      "key": "models/llm/small/f2de7e7359e1b6a1/small.gguf",
			      "outcome": "present",
			      "path": "llm/small.gguf",
			      "sha256": "f2de7e7359e1b6a1db910bc60dba5b05df017535f4af9a7c351cd1a1558fe5ea",
			    },
			  ],
			  "kind": "llm",
			  "manifest": "unchanged",
			  "manifestSha256": "9a7bb268667e1cd4aca5900a9abf2759d6a71426e84e4a7a629ce76b679af5c6",
			  "name": "small",
			  "recorded": false,
			}
		`);
	});

	it("push refuses a name that would be no part of a path, as wrong usage", async () => {
		const { code, stderr } = await models(...PUSH, "../small");
		expect([code, stderr]).toEqual([2, expect.stringContaining("code: model_name")]);
		expect(await models("push", "small.gguf", "--name", "x", "--kind", "other")).toMatchObject({ code: 2 });
	});
});
