import type { FindAttested } from "../attest/attested.ts";
import type { AttestPorts } from "../attest/ports.ts";
import type { SbomPorts } from "../attest/sbom.ts";
import type { BuildPorts } from "../image/ports.ts";
import type { Instance } from "../instances/instance.ts";
import type { PromotionPorts } from "../promotion/ports.ts";
import type { PrunePorts } from "../prune/ports.ts";
import type { SmokePorts } from "../smoke/ports.ts";
import type { MachinePorts } from "./machine.ts";
import type { Common, Ports } from "./open-ports.ts";
import { openRemoval, registryCredential } from "./open-registry.ts";
import { openSmoke } from "./open-smoke.ts";

interface Given {
	common: Common;
	ports: Ports;
	machine: MachinePorts;
	attested: FindAttested;
	instance: (name: string) => Promise<Instance>;
}

/** From a build to the channels. */
export interface Images {
	/** What a build talks to. */
	build(): BuildPorts;
	/** What attestations talk to. */
	attest(): AttestPorts;
	/** What `cres attest sbom` needs besides. */
	sbom(): SbomPorts;
	/** What a smoke test talks to. */
	smoke(): SmokePorts;
	/** What a promotion talks to. */
	promotion(): PromotionPorts;
	/** What `cres prune registry` talks to. */
	prune(): PrunePorts;
}

/** What is opened is opened when it is first asked for. */
export function openImages({ common, ports, machine, attested, instance }: Given): Images {
	const { config, signal } = common;
	const pushed = { ...common, registry: () => ports.registry("push") };
	const promotion = (): PromotionPorts => ({ ...pushed, attested });
	return {
		build: () => ({ ...pushed, credential: registryCredential(config) }),
		attest: () => pushed,
		sbom: () => ({ ...pushed, pull: (reference) => pullHere(common, reference) }),
		smoke: () => openSmoke({ ...machine, ...ports, ...ports.lasting, ...pushed }),
		promotion,
		prune: () => ({
			...promotion(),
			open: instance,
			temporal: ports.temporal,
			remove: openRemoval(config, { signal, registry: pushed.registry }),
		}),
	};
}

/** Pulls with the operator's credential onto the operator's daemon. */
const pullHere = ({ config, shell, progress, signal }: Common, reference: string): Promise<void> =>
	progress.step(`pull ${reference}`, async (report) => {
		const [{ findDocker }, { openEngine }] = await Promise.all([
			import("../image/docker-cli.ts"),
			import("../smoke/docker-engine.ts"),
		]);
		const { host } = await findDocker(shell, signal);
		const credential = registryCredential(config);
		const engine = await openEngine({ host, registry: config.registry.push.address, credential, signal });
		await engine.pull(reference, report, signal);
	});

/** The smoke test of an image that counts, if one does. */
export const findAttested =
	(common: Common, ports: Ports): FindAttested =>
	async (...of) =>
		(await import("../attest/verify.ts")).verifySmoke({ ...common, registry: () => ports.registry("push") }, ...of);
