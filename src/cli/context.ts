import { loadConfig } from "../config/load.ts";
import type { GitHub } from "../github/client.ts";
import { adoptEarlierState } from "../state/directory.ts";
import { createSkew } from "../system/clock.ts";
import type { MachinePorts } from "./machine.ts";
import { once } from "./once.ts";
import { openChecks, type Checks } from "./open-checks.ts";
import { findAttested, openImages, type Images } from "./open-images.ts";
import { openInstances, type Instances } from "./open-instances.ts";
import { openPorts, type Closers, type Common, type Ports } from "./open-ports.ts";
import type { Talk } from "./talk.ts";

/** Everything a command may hand to a domain: the ports of this machine, and of what cres.yaml names. */
export interface Context extends Common, Ports, Instances, Images, Checks {
	/** The repository that builds the images. @throws UserError github_token_missing, github_repository_unset (usage) */
	github(): Promise<GitHub>;
	close(): Promise<void>;
}

export interface ContextOptions {
	configPath: string | undefined;
	/** --accept-host-key was given. */
	acceptHostKey: boolean;
	talk: Talk;
	machine: MachinePorts;
}

/** Reads cres.yaml and opens what it names. The caller closes it. @throws UserError as loadConfig */
export async function openContext({ configPath, acceptHostKey, talk, machine }: ContextOptions): Promise<Context> {
	const config = await loadConfig({ ...(configPath === undefined ? {} : { path: configPath }) });
	await adoptEarlierState(config.state);
	const { progress, lines } = talk;
	for (const warning of config.warnings) progress.note(warning);
	const { shell, clock, signal } = machine;
	const closers: Closers = [];
	const skew = createSkew();
	const common: Common = { config, shell, clock, progress, signal };
	const ports = openPorts(config, { machine, skew, closers });
	const given = { common, ports, machine, lines, skew, closers, acceptHostKey, attested: findAttested(common, ports) };
	const instances = openInstances(given);
	const opened = { ...given, instance: instances.instance };
	return {
		...{ ...common, ...ports, ...instances, ...openImages(opened), ...openChecks(opened) },
		github: once(async () => (await import("./open-github.ts")).openGitHub(common)),
		close: async () => void (await Promise.allSettled(closers.map(async (close) => close()))),
	};
}
