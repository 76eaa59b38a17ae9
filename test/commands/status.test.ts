import { spawn } from "node:child_process";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCres } from "../support/run-cres.ts";
import { BIN } from "../support/built.ts";

let directory: string;
beforeAll(async () => {
	directory = await realpath(await mkdtemp(join(tmpdir(), "cres-status-")));
	await writeFile(
		join(directory, "cres.yaml"),
		`project: video
image: { repository: owner/worker }
registry: { push: { address: ghcr.io } }
temporal: { address: "127.0.0.1:1" }
store: { endpoint: "127.0.0.1:1" }
instances:
  cpu-1: { driver: docker, host: 127.0.0.1, port: 1, key: ./id, roles: [cpu] }
  cpu-2: { driver: docker, host: 127.0.0.1, port: 1, key: ./id, roles: [cpu] }
`,
	);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

it("F7: takes instances, each once, and refuses those that cres.yaml lacks", async () => {
	const { code, stdout } = await runCres(directory, "status", "cpu-2", "cpu-2", "--json");
	const { instances, temporal } = JSON.parse(stdout);
	expect([code, instances.map(({ instance }: { instance: string }) => instance)]).toEqual([3, ["cpu-2"]]);
	expect(temporal).toMatchObject({ code: "temporal_unreachable" });
	const unknown = await runCres(directory, "status", "cpu-1", "cpu-9", "--json");
	expect([unknown.code, JSON.parse(unknown.stdout)]).toMatchObject([2, { error: { code: "unknown_instance" } }]);
});

it("F14: prints one object a line while it watches, and ends with 130 on Ctrl-C", async () => {
	const { PATH, HOME } = process.env;
	const child = spawn(process.execPath, [BIN, "status", "cpu-1", "--watch", "--json"], {
		cwd: directory,
		env: { PATH, HOME },
	});
	let stdout = "";
	child.stdout.on("data", (chunk: Buffer) => {
		stdout += chunk.toString();
		if (stdout.split("\n").length > 2) child.kill("SIGINT");
	});
	const code = await new Promise((resolve) => child.once("close", resolve));
	const lines = stdout.trim().split("\n");
	expect(code).toBe(130);
	expect(lines.length).toBeGreaterThanOrEqual(2);
	for (const line of lines) expect(JSON.parse(line)).toMatchObject({ instances: [{ instance: "cpu-1" }] });
});
