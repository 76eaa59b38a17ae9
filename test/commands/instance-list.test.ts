import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startSimulator, type Simulator } from "../../rehearsal/vast/start.ts";
import { NO_DELAYS } from "../../rehearsal/vast/timings.ts";
import { runCres } from "../support/run-cres.ts";

const resolve = () => ({ digest: `sha256:${"1".repeat(64)}`, buildId: "111111111111" }) as const;

let directory: string;
let simulator: Simulator;
let held: number;
beforeAll(async () => {
	directory = await realpath(await mkdtemp(join(tmpdir(), "cres-instances-")));
	simulator = await startSimulator({ backing: { kind: "state", resolve }, factor: 100, timings: NO_DELAYS });
	held = await simulator.seed({ image: "r/o/w:a", label: "cres/video/gpu-1", env: { HF_TOKEN: "sentinel-of-hf" } });
	await simulator.seed({ image: "r/o/else:b", label: "somebody's" });
});
afterAll(async () => {
	await simulator.close();
	await rm(directory, { recursive: true, force: true });
});

/** cres.yaml with one host and these contracts, and .env with the key. */
async function project(contracts: Record<string, number>, key: boolean): Promise<void> {
	const rows = Object.entries(contracts).map(
		([name, id]) => `  ${name}: { driver: vast, id: ${id}, key: ./id, roles: [gpu] }\n`,
	);
	const yaml = `project: video
image: { repository: owner/worker }
registry: { push: { address: ghcr.io } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000" }
instances:
  cpu-1: { driver: docker, host: 203.0.113.7, key: ./id, roles: [cpu] }
${rows.join("")}`;
	await writeFile(join(directory, "cres.yaml"), yaml);
	const env = `VAST_URL=${simulator.url}\nCRES_VAST_TIME_FACTOR=100\nVAST_API_KEY=${simulator.apiKey}\n`;
	await writeFile(join(directory, ".env"), key ? env : "", { mode: 0o600 });
}

const list = async (...args: string[]) => {
	const ran = await runCres(directory, "instance", "list", ...args);
	expect(ran.stdout + ran.stderr).not.toContain(simulator.apiKey);
	expect(ran.stdout + ran.stderr).not.toContain("sentinel");
	return ran;
};

it("lists hosts with a daemon of their own without a key", async () => {
	await project({}, false);
	const { code, stdout } = await list();
	expect([code, stdout]).toEqual([
		0,
		"INSTANCE  DRIVER  ROLES  ENDPOINT        CONTRACT  STATUS\ncpu-1     docker  cpu    203.0.113.7:22  -         -\n",
	]);
});

it("asks for a key when an instance lives at Vast", async () => {
	await project({ "gpu-1": held }, false);
	const { code, stdout } = await list("--json");
	expect([code, JSON.parse(stdout)]).toMatchObject([2, { error: { code: "vast_key_missing" } }]);
});

it("shows what the account holds", async () => {
	await project({ "gpu-1": held }, true);
	const { code, stdout } = await list("--json");
	const { instances, contracts } = JSON.parse(stdout);
	expect([code, instances[1]]).toMatchObject([0, { instance: "gpu-1", contract: held, status: "running" }]);
	expect(contracts.map(({ instance, state }: Record<string, unknown>) => [instance, state])).toEqual([
		["gpu-1", "ours"],
		[null, "foreign"],
	]);
});

it("finds an instance whose contract is gone", async () => {
	await project({ "gpu-1": held, "gpu-2": 4711 }, true);
	const { code, stdout } = await list();
	expect(code).toBe(3);
	expect(stdout).toContain("gpu-2: the account holds no contract 4711\n  → set instances.gpu-2.id in cres.yaml");
});
