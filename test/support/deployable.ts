import { copyFile, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import Docker from "dockerode";
import { LABEL } from "../../src/contracts/labels.ts";
import { stateDirectory } from "../../src/state/directory.ts";
import { localLeaseHolder } from "../../src/state/leases.ts";
import { systemClock } from "../../src/system/clock.ts";
import { makeProject, type Project, type Ran } from "./cres.ts";

type Container = Docker.ContainerInspectInfo;

/** A project with its own containers on the perimeter's instance. */
export interface Deployable extends Project {
	/** All of its containers, the newest first. */
	containers(): Promise<Container[]>;
	/** The container that runs; throws unless there is exactly one container. */
	only(): Promise<Container>;
	/** Leases and temporary files that a command left behind. */
	leftovers(): Promise<string[]>;
	/** The instance's row of `cres status`. */
	status(): Promise<{
		verdict: string;
		drift: string[];
		running: { digest: string } | null;
		generation: number | null;
	}>;
	/** Everything that a container printed, as its daemon keeps it. */
	log(id: string): Promise<string>;
	/** Removes its containers and its directory. */
	remove(): Promise<void>;
}

/** A project whose instance is adopted and whose next deploy takes the image that the perimeter was given. */
export async function makeDeployable(...of: Parameters<typeof makeProject>): Promise<Deployable> {
	const [perimeter] = of;
	const project = await makeProject(...of);
	await mkdir(stateOf(project.directory), { recursive: true });
	await copyFile(lastBuildOf(perimeter.project), lastBuildOf(project.directory));
	await succeed(project.cres("instance", "adopt", project.instance, "--yes"));
	return withContainers(project, perimeter.instance.socket);
}

/** The state directory of a project with a cres.yaml and the namespace of the perimeter. */
export const stateOf = (directory: string): string => stateDirectory(join(directory, "cres.yaml"), "default");

export const lastBuildOf = (directory: string): string => join(stateOf(directory), "last-build.json");

/** Instances whose lease is held in a project's state directory. */
export async function heldLeases(directory: string, instances: readonly string[]): Promise<string[]> {
	const holders = instances.map((name) => localLeaseHolder(stateOf(directory), name, systemClock));
	const held = await Promise.all(holders);
	return instances.filter((_, index) => held[index] !== undefined);
}

/** The project with a look at its containers on the daemon at `socketPath`. */
function withContainers(project: Project, socketPath: string): Deployable {
	const docker = new Docker({ socketPath });
	const list = () =>
		docker.listContainers({ all: true, filters: { label: [`${LABEL.project}=test-${project.instance}`] } });
	const inspect = (id: string) =>
		docker
			.getContainer(id)
			.inspect()
			.catch(() => []);
	const containers = async () => (await Promise.all((await list()).map(({ Id }) => inspect(Id)))).flat();
	return {
		...project,
		containers,
		async only() {
			const [container, ...others] = await containers();
			if (container?.State.Running && others.length === 0) return container;
			throw new Error(`${others.length + (container ? 1 : 0)} containers, not one that runs`);
		},
		async leftovers() {
			const leases = await heldLeases(project.directory, [project.instance]);
			return [...leases, ...(await leaseVolumes(docker, project.instance)), ...(await readdir(project.temporary))];
		},
		async status() {
			const { stdout } = await project.cres("status", "--json");
			return (JSON.parse(stdout) as { instances: [Awaited<ReturnType<Deployable["status"]>>] }).instances[0];
		},
		log: async (id) =>
			String(await docker.getContainer(id).logs({ stdout: true, stderr: true, follow: false, tail: 10_000 })),
		async remove() {
			for (const { Id } of await list()) await docker.getContainer(Id).remove({ force: true, v: true });
			const filters = { label: [`${LABEL.project}=test-${project.instance}`] };
			for (const { Name } of (await docker.listVolumes({ filters })).Volumes) await docker.getVolume(Name).remove();
			await rm(project.directory, { recursive: true, force: true });
		},
	};
}

/** Volumes of the Docker host that hold the lease of a project's instance for somebody. */
async function leaseVolumes(docker: Docker, instance: string): Promise<string[]> {
	const filters = { label: [`${LABEL.project}=test-${instance}`] };
	const { Volumes } = await docker.listVolumes({ filters });
	return (Volumes ?? []).filter(({ Labels }) => Labels?.[LABEL.lease] !== "null").map(({ Name }) => Name);
}

/** What a command that must succeed printed. */
export async function succeed(running: Promise<Ran>): Promise<string> {
	const { exitCode, stdout, stderr } = await running;
	if (exitCode !== 0) throw new Error(`exit ${exitCode}\n${stdout}\n${stderr}`);
	return stdout;
}

/** A variable of a container's environment. */
export const variable = ({ Config: { Env } }: Container, name: string): string | undefined =>
	Env.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);

/** What a failed `--json` command says on stdout; throws unless stderr says the same to people. */
export function faultOf({ exitCode, stdout, stderr }: Ran): Fault {
	const { error } = JSON.parse(stdout) as { error: Omit<Fault, "exitCode"> };
	const told = [`✖ ${error.message}`, `code: ${error.code}`, ...(error.hint ? [`→ ${error.hint}`] : [])];
	for (const line of told) if (!stderr.includes(line)) throw new Error(`stderr lacks "${line}":\n${stderr}`);
	return { exitCode, ...error };
}

interface Fault {
	exitCode: number | null;
	code: string;
	message: string;
	hint?: string;
}
