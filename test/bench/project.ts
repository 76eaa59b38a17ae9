import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import Docker from "dockerode";
import { stringify } from "yaml";
import { ownPerimeter, up, type Perimeter } from "../../rehearsal/perimeter.ts";
import { rehearsalPerimeter } from "../../rehearsal/perimeter-document.ts";
import { instanceSocket } from "../../rehearsal/parts/instance.ts";
import { INSTANCE, projectEnvironment, projectSettings } from "../../rehearsal/project.ts";
import { LABEL } from "../../src/contracts/labels.ts";
import { writeDurably } from "../../src/system/durable-files.ts";
import type { Progress } from "../../src/system/progress.ts";
import { mustRun, type Ran, type RunOptions } from "./measure.ts";

const NAME = "bench";
/** Its instance: another name for the host of the perimeter's own one. */
export const BENCH_INSTANCE = "bench-1";
export const BENCH_QUEUE = NAME;

/** A project in the rehearsal's perimeter in which the built `cres` is run. */
export interface BenchProject {
	directory: string;
	perimeter: Perimeter;
	/** The Docker daemon of the instance. */
	docker: Docker;
	/** Runs a command that must succeed. */
	cres: (args: readonly string[], options?: RunOptions) => Promise<Ran>;
	/** The same, for what it prints under --json. */
	json: <T>(...args: string[]) => Promise<T>;
}

export interface BenchOptions {
	/** Tree that images are built from; default: this one. */
	context?: string;
	/** Registry address that cres pushes to; default: the perimeter's. */
	push?: string;
}

/** Brings the perimeter up, or takes it as it is, runs `work` in a new project and removes what that left. */
export async function withProject<T>(
	root: string,
	options: BenchOptions,
	work: (project: BenchProject) => Promise<T>,
): Promise<T> {
	const perimeter = await up(ownPerimeter(root), quiet);
	const directory = await mkdtemp(join(tmpdir(), "cres-bench-"));
	const docker = new Docker({ socketPath: instanceSocket(perimeter) });
	const cres: BenchProject["cres"] = (args, extra) =>
		mustRun(process.execPath, [join(root, "bin/run.js"), ...args], { cwd: directory, ...extra });
	const json = async <J>(...args: string[]) => JSON.parse((await cres([...args, "--json"])).stdout) as J;
	try {
		await writeProject(directory, perimeter, options);
		return await work({ directory, perimeter, docker, cres, json });
	} finally {
		await removeContainers(docker);
		await rm(directory, { recursive: true, force: true });
	}
}

export const quiet: Progress = { step: (_title, work) => work(() => {}), note: () => {} };

async function writeProject(directory: string, perimeter: Perimeter, options: BenchOptions): Promise<void> {
	const settings = projectSettings(perimeter, directory);
	const { instances, registry } = settings;
	const changed = {
		...settings,
		project: NAME,
		queue: BENCH_QUEUE,
		image: { ...settings.image, context: relative(directory, options.context ?? perimeter.contextRoot) },
		registry: { ...registry, ...(options.push === undefined ? {} : { push: { address: options.push, tls: false } }) },
		instances: { [BENCH_INSTANCE]: instances[INSTANCE] },
	};
	await writeDurably(join(directory, "cres.yaml"), stringify(changed));
	await writeDurably(join(directory, ".env"), await projectEnvironment(perimeter, perimeter.baseImage), {
		mode: 0o600,
	});
	await writeDurably(join(directory, "docs", "PLAN.md"), "# PLAN\n");
	const { bridge, ports } = perimeter;
	const document = rehearsalPerimeter({ gateway: bridge.gateway, ports, instances: [BENCH_INSTANCE] });
	await writeDurably(join(directory, "docs", "Perimeter.md"), document);
}

export const benchContainers = (docker: Docker): Promise<Docker.ContainerInfo[]> =>
	docker.listContainers({ all: true, filters: { label: [`${LABEL.project}=${NAME}`] } });

export async function removeContainers(docker: Docker): Promise<void> {
	for (const { Id } of await benchContainers(docker)) await docker.getContainer(Id).remove({ force: true, v: true });
}

/** Makes the instance and an image ready: afterwards `cres deploy` takes the image of the tree. */
export async function prepare({ cres }: BenchProject): Promise<void> {
	await cres(["control", "prepare"]);
	await cres(["instance", "adopt", BENCH_INSTANCE, "--yes"]);
	await cres(["build", "--push", "--allow-dirty"]);
}
