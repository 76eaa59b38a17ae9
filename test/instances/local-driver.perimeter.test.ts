import { rm } from "node:fs/promises";
import { join } from "node:path";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { openContext, type Context } from "../../src/cli/context.ts";
import { registryCredential } from "../../src/cli/open-registry.ts";
import { LABEL } from "../../src/contracts/labels.ts";
import type { Instance } from "../../src/instances/instance.ts";
import { deploy } from "../../src/rollout/deploy.ts";
import type { Rollout } from "../../src/rollout/report.ts";
import { statusOf } from "../../src/rollout/status.ts";
import { stateDirectory } from "../../src/state/directory.ts";
import { lastBuild } from "../../src/state/last-build.ts";
import { silent } from "../../src/system/progress.ts";
import { makeProject, settingsFor, writeSettings, type Project } from "../support/cres.ts";
import { localInstance } from "../support/local-driver.ts";

const perimeter = inject("perimeter");
const NAME = "local-driver";
const docker = new Docker({ socketPath: perimeter.instance.socket });

let project: Project;
let reference: string;
const opened: Context[] = [];
beforeAll(async () => {
	project = await makeProject(perimeter, NAME);
	reference = (await lastBuild(stateDirectory(join(perimeter.project, "cres.yaml"), "default"), "cpu"))!.digest;
});
afterAll(async () => {
	for (const { Id } of await containers()) await docker.getContainer(Id).remove({ force: true, v: true });
	await Promise.all(opened.map((context) => context.close()));
	await rm(project.directory, { recursive: true, force: true });
});

const containers = () => docker.listContainers({ all: true, filters: { label: [`${LABEL.project}=test-${NAME}`] } });
const configure = (env: Record<string, string>) => {
	const rollout = { deploy_timeout: "15s", drain_timeout: "5s", watch: "1s", retain: 2 };
	return writeSettings(project.directory, { ...settingsFor(perimeter, NAME), rollout, env });
};

/** What a command has: the settings of now, and the instance as its driver makes it. */
async function open(): Promise<{ context: Context; instance: Instance }> {
	const configPath = join(project.directory, "cres.yaml");
	const context = await openContext({ configPath, signal: new AbortController().signal });
	opened.push(context);
	const { config } = context;
	const ports = { ...context, note: () => {}, credential: registryCredential(config) };
	return { context, instance: localInstance(ports, NAME, config.instances[NAME]!, perimeter.instance.socket) };
}

async function roll(): Promise<Rollout> {
	const { context, instance } = await open();
	const ports = { ...context, instance, progress: silent, registry: () => context.registry("push") };
	return deploy(ports, { reference }, { dryRun: false, purpose: "deploy" });
}

describe("a driver of its own, put through the rollout of every driver", () => {
	let live: string;

	it("deploys, and shows the polls of its container", async () => {
		const { outcome, pollers, previous } = await roll();
		const [container, ...others] = await containers();
		expect([outcome, previous, others]).toEqual(["live", null, []]);
		live = container!.Id;
		expect(pollers.map(({ identity }) => identity.endsWith(`-${live.slice(0, 8)}`))).toEqual([true, true]);
		const { context, instance } = await open();
		const [row] = await statusOf({ ...context, open: async () => instance }, [NAME]);
		expect(row).toMatchObject({ verdict: "ok", generation: 1, running: { digest: reference } });
	});

	it("finds nothing to do the second time", async () => {
		expect((await roll()).outcome).toBe("unchanged");
		expect((await containers()).map(({ Id }) => Id)).toEqual([live]);
	});

	it("goes back from a release that does not poll", async () => {
		await configure({ BASE_TASK_QUEUE: "nobody-looks-here" });
		const { outcome, failure, pollers } = await roll();
		expect([outcome, failure!.code]).toEqual(["rolled-back", "never_polled"]);
		expect(pollers).toHaveLength(2);
		const left = await containers();
		expect(left.map(({ Id, State }) => [Id, State])).toEqual([[live, "running"]]);
	});

	it("keeps secrets out of what it tells, and leaves no lease behind", async () => {
		const { instance } = await open();
		expect(await instance.environment()).toMatchObject({ MINIO_SECRET_KEY: "", WORKER_MODE: "cpu" });
		expect(await instance.lease.holder()).toBeUndefined();
	});
});
