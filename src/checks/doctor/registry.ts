import { codeOf, hasCode, messageOf } from "../../errors/errors.ts";
import { ok, warn, type Check, type Verdict } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";

type Ports = Pick<DoctorPorts, "config" | "registry">;

/** Whether the registry answers and takes the credential, from here and as instances address it. */
export function registryChecks(ports: Ports): Check[] {
	const { push, pull } = ports.config.registry;
	const fix = (side: "push" | "pull") => `check registry.${side} (address, tls, ca) in cres.yaml and that it runs`;
	const checks: Check[] = [{ name: "registry (push)", fix: fix("push"), run: () => pushVerdict(ports) }];
	if (pull && JSON.stringify(pull) !== JSON.stringify(push))
		checks.push({
			name: "registry (pull)",
			fix: fix("pull"),
			run: () => pullVerdict(ports, pull.address, fix("pull")),
		});
	return checks;
}

async function pushVerdict({ config, registry }: Ports): Promise<Verdict> {
	const opened = await ping(registry, "push");
	const { address } = opened;
	const { repository } = config.image;
	if (config.value("REGISTRY_USERNAME") && config.secret("REGISTRY_PASSWORD")) {
		const denied = await opened.mayPush(repository).catch((error: unknown) => {
			if (hasCode(error, "push_denied")) return error;
			throw error;
		});
		return denied ? warn(denied.message, denied.hint!) : ok(`${address} takes images for ${repository}`);
	}
	return warn(
		`${address} answers, but there is no credential`,
		"put REGISTRY_USERNAME=… and REGISTRY_PASSWORD=… into .env",
	);
}

/** The address is for instances: this machine need not reach it. */
async function pullVerdict({ registry }: Ports, address: string, fix: string): Promise<Verdict> {
	try {
		await ping(registry, "pull");
		return ok(`${address} answers`);
	} catch (error) {
		if (codeOf(error) !== "registry_unreachable") throw error;
		return warn(`${messageOf(error)}; instances may still reach it`, fix);
	}
}

async function ping(registry: Ports["registry"], side: "push" | "pull") {
	const opened = await registry(side);
	await opened.ping();
	return opened;
}
