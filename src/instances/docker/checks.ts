import { fail, ok, warn, type Check, type Verdict } from "../../checks/doctor/check.ts";
import { roomVerdict } from "../../checks/doctor/disk.ts";
import { pinnedHostKey } from "../../state/host-keys.ts";
import type { DockerPorts } from "./ports.ts";

/** What `cres doctor` checks of a Docker host. */
export const dockerChecks = (ports: DockerPorts): Check[] => {
	const { name, settings, config } = ports;
	return [
		{
			name: `host key of ${name}`,
			fix: `cres instance adopt ${name}`,
			async run() {
				const pin = await pinnedHostKey(config.state, name);
				if (pin) return ok(`${pin.fingerprint} is pinned`);
				return fail("no host key is pinned", `cres instance adopt ${name}`);
			},
		},
		{
			name: `instance ${name}`,
			fix: `check that ${settings.host}:${settings.port} is up and its Docker answers: ssh to ${name}, then docker info`,
			run: () => hostVerdict(ports),
		},
	];
};

async function hostVerdict(ports: DockerPorts): Promise<Verdict> {
	const host = await ports.host();
	const { platform, gpu, dataRoot } = await host.facts();
	const freeBytes = await host.freeBytes(Promise.resolve(dataRoot));
	if (freeBytes === undefined)
		return warn(`Docker answers (${platform}), its free disk is unknown`, `on ${ports.name}: df -h ${dataRoot}`);
	const room = roomVerdict(`${dataRoot} on ${ports.name}`, freeBytes);
	return { ...room, observed: `Docker answers (${platform}${gpu ? ", GPU" : ""}), ${room.observed}` };
}
