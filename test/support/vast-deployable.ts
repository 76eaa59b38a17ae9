import { copyFile, mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import Docker from "dockerode";
import { connectControl, type VastControl } from "../../rehearsal/vast/control-client.ts";
import { environmentOf, makeProject, settingsFor, writeSettings, type Project } from "./cres.ts";
import { lastBuildOf, succeed } from "./deployable.ts";
import type { TestPerimeter } from "./perimeter.ts";

type Settings = ReturnType<typeof settingsFor>;

/** A project with one instance that is a contract of the simulated Vast, with a real container behind it. */
export interface VastDeployable extends Project {
	contract: number;
	control: VastControl;
	/** The contract's container, as its daemon sees it. */
	container(): Promise<Docker.ContainerInspectInfo>;
	/** Output of a shell script inside it. */
	inside(script: string): Promise<string>;
	/** Rewrites cres.yaml with other settings of the instance. */
	configure(instance: Record<string, unknown>, rest?: Record<string, unknown>): Promise<void>;
	status(): Promise<Record<string, unknown> & { verdict: string; running: { buildId: string } | null }>;
	/** Destroys its contract, the first one unless told, and removes its directory. */
	remove(contract?: number): Promise<void>;
}

/** The settings of cres.yaml for one contract of the perimeter. */
const settingsOf = (perimeter: TestPerimeter, instance: string, id: number, own = {}, rest = {}): Settings => ({
	...settingsFor(perimeter, instance),
	...rest,
	instances: { [instance]: { driver: "vast", id, key: perimeter.instance.key, roles: ["cpu"], ...own } },
});

/** Rents a contract and adopts it; its next deploy takes the image that the perimeter was given. */
export async function makeVastDeployable(perimeter: TestPerimeter, instance: string): Promise<VastDeployable> {
	const { vast } = perimeter;
	const control = connectControl(vast.control, vast.apiKey);
	const seed = { image: vast.image, env: { "-p 22:22": "1" }, label: `cres/test-${instance}/${instance}`, gpus: 1 };
	const contract = await control.seed({ ...seed, login: vast.login });
	const project = await makeProject(perimeter, instance, settingsOf(perimeter, instance, contract), {
		...environmentOf(perimeter),
		VAST_API_KEY: vast.apiKey,
		VAST_URL: vast.url,
		CRES_VAST_TIME_FACTOR: String(vast.factor),
	});
	await mkdir(dirname(lastBuildOf(project.directory)), { recursive: true });
	await copyFile(lastBuildOf(perimeter.project), lastBuildOf(project.directory));
	await succeed(project.cres("instance", "adopt", instance, "--yes"));
	const docker = new Docker({ socketPath: perimeter.instance.socket });
	const find = async () => {
		const [found] = await docker.listContainers({ filters: { label: [`fakevast.contract=${contract}`] } });
		if (!found) throw new Error(`contract ${contract} has no container`);
		return docker.getContainer(found.Id);
	};
	return {
		...project,
		contract,
		control,
		container: async () => (await find()).inspect(),
		async inside(script) {
			const exec = await (await find()).exec({ Cmd: ["sh", "-c", script], AttachStdout: true, Tty: true });
			const stream = await exec.start({ Tty: true });
			let text = "";
			for await (const chunk of stream) text += String(chunk);
			return text.replaceAll("\r\n", "\n");
		},
		configure: (own, rest) => writeSettings(project.directory, settingsOf(perimeter, instance, contract, own, rest)),
		async status() {
			const { stdout } = await project.cres("status", "--json");
			return (JSON.parse(stdout) as { instances: [Awaited<ReturnType<VastDeployable["status"]>>] }).instances[0];
		},
		async remove(last = contract) {
			await destroy(vast, last);
			await rm(project.directory, { recursive: true, force: true });
		},
	};
}

async function destroy({ url, apiKey }: TestPerimeter["vast"], contract: number): Promise<void> {
	const headers = { authorization: `Bearer ${apiKey}` };
	for (;;) {
		const { status } = await fetch(`${url}/api/v0/instances/${contract}/`, { method: "DELETE", headers });
		if (status !== 429) return;
		await new Promise((resolve) => setTimeout(resolve, 400));
	}
}
