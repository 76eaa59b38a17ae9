import { stat } from "node:fs/promises";
import { codeOf } from "../../errors/errors.ts";
import type { DockerInstance, VastInstance } from "../../config/schema.ts";
import { recordedEndpoint } from "../../instances/endpoint.ts";
import { keyFile } from "../../instances/ssh/key-file.ts";
import { sshTarget } from "../../instances/find.ts";
import type { Contract } from "../../vast/vast.ts";
import { fail, ok, warn, type Check, type Verdict } from "../check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";
import { roomVerdict } from "./disk.ts";

const OTHERS = 0o077; // any right of group and others

type InstancePorts = Pick<DoctorPorts, "config" | "machine" | "openHost" | "vast">;

export const instanceChecks = (ports: InstancePorts): Check[] =>
	Object.entries(ports.config.instances).flatMap(([name, one]): Check[] => [
		{
			name: `ssh key of ${name}`,
			fix: `set instances.${name}.key in cres.yaml to your private key file`,
			run: async () => keyVerdict(name, one.key, keyFile(ports.config.root, one.key), ports.machine.platform),
		},
		...(one.driver === "docker" ? dockerChecks(ports, name, one) : vastChecks(ports, name, one)),
	]);

const dockerChecks = (ports: InstancePorts, name: string, { host, port }: DockerInstance): Check[] => [
	{
		name: `host key of ${name}`,
		fix: `remove .cres/host-keys.json, which cannot be read, then cres instance adopt ${name}`,
		run: () => pinVerdict(ports.config, name),
	},
	{
		name: `instance ${name}`,
		fix: `check that ${host}:${port} is up and its Docker answers: ssh to ${name}, then docker info`,
		run: (signal) => hostVerdict(ports, name, signal),
	},
];

const vastChecks = ({ config, vast }: InstancePorts, name: string, { id }: VastInstance): Check[] => [
	{
		name: `host key of ${name}`,
		fix: `remove .cres/endpoints.json, which cannot be read, then cres instance adopt ${name} --vast-id ${id}`,
		run: async () => {
			const known = await recordedEndpoint(config.root, name);
			const adopt = `cres instance adopt ${name} --vast-id ${id}`;
			if (!known) return fail("no endpoint was proven yet", adopt);
			const observed = `${known.fingerprint} of generation ${known.generation}`;
			if (known.verifiedBy === "log") return ok(observed);
			return warn(`${observed} was taken as it was shown`, `compare it: cres ssh ${name} --print`);
		},
	},
	{
		name: `instance ${name}`,
		fix: `cres instance list shows what the account holds`,
		run: async () => contractVerdict(name, id, await (await vast()).contract(id)),
	},
];

function contractVerdict(name: string, id: number, contract: Contract | undefined): Verdict {
	if (!contract) return fail(`contract ${id} is gone`, `cres instance adopt ${name} --vast-id <another one>`);
	const { actual, intended, gpus, gpuName, image } = contract;
	const observed = `contract ${id}: ${actual ?? "not started"}, ${gpus} × ${gpuName ?? "no GPU"}, ${image}`;
	if (actual === "running" && intended === "running") return ok(observed);
	return fail(`${observed}; ${intended} was asked for`, `cres instance list, then cres start ${name}`);
}

async function keyVerdict(name: string, path: string, file: string, platform: NodeJS.Platform): Promise<Verdict> {
	const fix = `set instances.${name}.key in cres.yaml to your private key file, or make one: ssh-keygen -t ed25519 -f ${path}`;
	const found = await stat(file).catch((error: unknown) => codeOf(error) ?? "unknown");
	if (typeof found === "string") return fail(`${path} cannot be read (${found})`, fix);
	if (!found.isFile()) return fail(`${path} is no file`, fix);
	if (platform === "win32") return ok(`${path}; to see that only you may read it: icacls "${file}"`);
	const mode = (found.mode & 0o777).toString(8).padStart(4, "0");
	return found.mode & OTHERS ? fail(`others may use ${path} (${mode})`, `chmod 600 ${path}`) : ok(`${path} (${mode})`);
}

async function pinVerdict(config: DoctorPorts["config"], name: string): Promise<Verdict> {
	const { fingerprint } = await sshTarget(config, name);
	return fingerprint ? ok(`${fingerprint} is pinned`) : fail("no host key is pinned", `cres instance adopt ${name}`);
}

async function hostVerdict(
	{ openHost }: Pick<DoctorPorts, "openHost">,
	name: string,
	signal: AbortSignal,
): Promise<Verdict> {
	const host = await openHost(name, signal);
	signal.addEventListener("abort", () => host.close(), { once: true });
	try {
		const { platform, gpu, dataRoot } = await host.facts();
		const freeBytes = await host.freeBytes(dataRoot);
		if (freeBytes === undefined)
			return warn(`Docker answers (${platform}), its free disk is unknown`, `on ${name}: df -h ${dataRoot}`);
		const room = roomVerdict(`${dataRoot} on ${name}`, freeBytes);
		return { ...room, observed: `Docker answers (${platform}${gpu ? ", GPU" : ""}), ${room.observed}` };
	} finally {
		host.close();
	}
}
