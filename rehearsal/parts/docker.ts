import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { DockerLimits } from "../../src/system/docker-calls.ts";
import { LAYERED_STORAGE } from "../../src/system/docker-storage.ts";
import { writeDurably } from "../../src/system/durable-files.ts";
import { readTextIfExists } from "../../src/system/files.ts";
import { dockerAt } from "../docker-client.ts";
import { forwardPolicy, removeDaemonFiles, removeDockerNetwork, savedRules } from "../leftovers.ts";
import type { Part, PartContext } from "../part.ts";
import { perimeterService } from "../service-part.ts";

const SOCKET = "/var/run/docker.sock";
const service = (context: PartContext) =>
	perimeterService(context, {
		name: "dockerd",
		program: () => ({ file: "dockerd", args: [`--data-root=${dataRoot(context)}`] }),
		ready: () => answersDocker(SOCKET),
	});
/** Not the default one: whatever stands there, containers that restart by themselves included, is not ours to start. */
const dataRoot = (context: PartContext): string => `${context.dataRoot}-operator`;
/** Holds the firewall's FORWARD policy of before; its being there says that the daemon is ours. */
const policyFile = ({ directory }: PartContext): string => join(directory, "forward-policy");

/** Holds the firewall of before, so that no rule is taken for one of the daemon's that was there without it. */
const rulesFile = ({ directory }: PartContext): string => join(directory, "rules-before");

/** True when the daemon answers; throws when it stores images as whole copies. */
export async function answersDocker(socketPath: string, limits?: DockerLimits): Promise<boolean> {
	const { Driver } = (await (await dockerAt(socketPath, limits)).info()) as { Driver: string };
	if (!LAYERED_STORAGE.includes(Driver))
		throw new Error(
			`the Docker daemon at ${socketPath} uses ${Driver}; ${LAYERED_STORAGE.join(" or ")} is needed (its data root must not lie on an overlay file system)`,
		);
	return true;
}

/** The operator's Docker daemon: the one that answers, else one that is started and stopped with the perimeter. */
export const docker: Part = {
	name: "docker",
	at: () => SOCKET,
	async up(context, signal) {
		if (await answersDocker(SOCKET).catch(() => false)) {
			const { state } = await service(context).status();
			if (state === "stopped")
				for (const file of [policyFile(context), rulesFile(context)]) await rm(file, { force: true });
			return "reused";
		}
		const policy = (await readTextIfExists(policyFile(context))) ?? (await forwardPolicy(context.shell));
		const rules = (await readTextIfExists(rulesFile(context))) ?? (await savedRules(context.shell));
		await writeDurably(rulesFile(context), rules, { mode: 0o600 });
		await writeDurably(policyFile(context), policy);
		return service(context).up(signal);
	},
	async down(context) {
		const policy = await readTextIfExists(policyFile(context));
		if (policy === undefined) return; // it was there before us
		await service(context).down();
		await removeDaemonFiles(context.shell, [dataRoot(context)]);
		const rules = (await readTextIfExists(rulesFile(context))) ?? "";
		await removeDockerNetwork(context.shell, { policy, rules });
		await rm(rulesFile(context), { force: true });
		await rm(policyFile(context));
	},
	status: () => answersDocker(SOCKET).catch(() => false),
};
