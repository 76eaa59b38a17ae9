import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { answersHttp } from "../../src/system/answers.ts";
import { writeDurably } from "../../src/system/durable-files.ts";
import { readTextIfExists } from "../../src/system/files.ts";
import { dockerAt } from "../docker-client.ts";
import type { Layout, Part, PartContext } from "../part.ts";
import { programFile } from "../programs.ts";
import { servicePart } from "../service-part.ts";
import { connectControl } from "../vast/control-client.ts";
import { instanceKey, instanceSocket } from "./instance.ts";

const keyFile = ({ directory }: Pick<Layout, "directory">): string => join(directory, "vast", "key");
const stateFile = ({ directory }: Pick<Layout, "directory">): string => join(directory, "vast", "state.json");

/** How many times as fast as ours the time of the simulated platform runs: 10 s between two looks are 1 s. */
export const VAST_TIME_FACTOR = 10;

/** Where the API answers. */
export const vastUrl = ({ ports }: Pick<Layout, "ports">): string => `http://127.0.0.1:${ports.vast}`;

/** The account's key; made at random when there is none, readable by the owner only. */
export async function vastApiKey(layout: Pick<Layout, "directory">): Promise<string> {
	const known = await readTextIfExists(keyFile(layout));
	if (known !== undefined) return known;
	const made = randomBytes(24).toString("hex");
	await writeDurably(keyFile(layout), made, { mode: 0o600 });
	return made;
}

const simulator = servicePart({
	name: "vast",
	at: (layout) => `${vastUrl(layout)}, steered at 127.0.0.1:${layout.ports.vastControl}`,
	program: async (context) => ({
		file: process.execPath,
		args: [programFile("vast/main"), ...argumentsFor(context)],
		env: { VAST_API_KEY: await vastApiKey(context) },
	}),
	status: async (context) =>
		(await answersHttp(vastUrl(context))) &&
		(await answersHttp(`http://127.0.0.1:${context.ports.vastControl}/faults`)),
});

/** Vast's API in front of containers on the instance's Docker daemon. Its containers outlive it, and it finds them again. */
export const vast: Part = {
	...simulator,
	async down(context) {
		await simulator.down(context);
		await removeContainers(context).catch(() => {}); // the daemon may be gone already, and its containers with it
		await rm(join(context.directory, "vast"), { recursive: true, force: true });
	},
};

const argumentsFor = (context: PartContext): string[] => {
	const { ports } = context;
	return [
		...["--port", String(ports.vast), "--control-port", String(ports.vastControl)],
		...["--socket", instanceSocket(context), "--run", context.name],
		...["--range-from", String(ports.vastFrom), "--range-to", String(ports.vastTo)],
		...["--proxy-from", String(ports.vastProxyFrom), "--proxy-to", String(ports.vastProxyTo)],
		...["--factor", String(VAST_TIME_FACTOR), "--state", stateFile(context)],
		...["--account-key", `${instanceKey(context)}.pub`],
	];
};

async function removeContainers(context: PartContext): Promise<void> {
	const { removeRun } = await import("../vast/docker-backing.ts");
	await removeRun(await dockerAt(instanceSocket(context)), context.name);
}

/** A contract that somebody rented: it runs an image with nothing of cres in it yet. */
export interface RentedContract {
	label: string;
	/** As the instance's daemon addresses it. */
	image: string;
	env?: Record<string, string>;
	gpus?: number;
}

/** The login with which a contract's host pulls from the perimeter's registry, as the platform keeps it. */
export const loginOf = ({ credentials, bridge, ports }: PartContext): string =>
	`-u ${credentials.registry.username} -p ${credentials.registry.password} ${bridge.gateway}:${ports.registry}`;

/** The numbers of the contracts with these labels; one that is not there is rented. */
export async function ensureContracts(context: PartContext, wanted: readonly RentedContract[]): Promise<number[]> {
	const control = connectControl(context.ports.vastControl, await vastApiKey(context));
	const login = loginOf(context);
	const there = await control.contracts();
	const numbers: number[] = [];
	for (const one of wanted)
		numbers.push(there.find(({ label }) => label === one.label)?.id ?? (await control.seed({ ...one, login })));
	return numbers;
}
