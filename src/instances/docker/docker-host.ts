import type { ContainerHost, HostFacts } from "./container-host.ts";
import { openDaemon, type Daemon, type DockerHostOptions } from "./daemon.ts";
import { containerChanges } from "./daemon-changes.ts";
import { imageCalls } from "./daemon-images.ts";
import { containerLooks } from "./daemon-looks.ts";
import { containerPrograms } from "./daemon-programs.ts";
import { readFacts, readFreeBytes } from "./host-facts.ts";
import { volumeCalls } from "./volumes.ts";

/** The Docker daemon of an instance, spoken to through channels of its one connection. */
export async function createDockerHost(options: DockerHostOptions): Promise<ContainerHost> {
	const daemon = await openDaemon(options);
	const { session, ignoreInterrupts, close } = daemon;
	const { facts, known } = machineFacts(daemon);
	return {
		...{ facts, ...machineCalls(daemon) },
		...containerLooks(daemon),
		...containerChanges(daemon, known),
		...containerPrograms(daemon),
		...imageCalls(daemon, options.credential),
		...volumeCalls(daemon),
		onLost: (listener) => session.onLost(listener),
		ignoreInterrupts,
		close,
	};
}

/** `known` asks only where nobody has asked for GPUs before. */
function machineFacts({ docker, session, ask }: Daemon): {
	facts: ContainerHost["facts"];
	known: () => Promise<HostFacts>;
} {
	let last: HostFacts | undefined;
	const whole = async () => (last = await readFacts(docker, session));
	const facts: ContainerHost["facts"] = ({ forGpu } = { forGpu: true }) =>
		ask("read its facts", () => (forGpu ? whole() : readFacts(docker)));
	return { facts, known: async () => last ?? whole() };
}

const machineCalls = ({ docker, session, ask }: Daemon): Pick<ContainerHost, "freeBytes" | "now"> => ({
	freeBytes: (dataRoot) => ask("tell its free space", () => readFreeBytes(session, dataRoot)),
	now: () => ask("tell the time", async () => Date.parse(((await docker.info()) as { SystemTime: string }).SystemTime)),
});
