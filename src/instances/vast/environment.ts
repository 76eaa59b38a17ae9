import { RUNTIME_ENV, isSecretName } from "../../contracts/runtime-env.ts";
import { SUPERVISOR_CONFIG, WORKER_PROGRAMS } from "../../contracts/vast.ts";
import { nothingDeployed } from "../nothing-deployed.ts";
import type { VastPorts } from "./ports.ts";
import { connectRunning } from "./running-contract.ts";

/** What the worker's process has in its environment. Only names that are known not to be secret leave the container. */
export async function environment(ports: VastPorts): Promise<Record<string, string>> {
	const { config, name: instance, settings } = ports;
	const { session } = await connectRunning(ports);
	try {
		const known = [...Object.keys(RUNTIME_ENV), ...Object.keys(config.env), ...Object.keys(settings.env)];
		const shown = [...new Set(known)].filter((name) => !config.secrets.includes(name) && !isSecretName(name));
		const pids = `$(supervisorctl -c ${SUPERVISOR_CONFIG} status '${WORKER_PROGRAMS}' | sed -n 's/.* pid \\([0-9]*\\),.*/\\1/p')`;
		const script = `for pid in ${pids}; do tr '\\0' '\\n' < /proc/$pid/environ; done | grep -E '^(${shown.join("|")})='`;
		const { stdout } = await session.exec(["sh", "-c", script]);
		const lines = stdout.split("\n").filter((line) => /^[A-Z][A-Z0-9_]*=/.test(line));
		if (lines.length === 0) throw nothingDeployed(instance);
		const values = lines.map((line) => [line.split("=", 1)[0]!, line.slice(line.indexOf("=") + 1)] as const);
		return { ...Object.fromEntries(values), ...Object.fromEntries(config.secrets.map((name) => [name, ""])) };
	} finally {
		session.close();
	}
}
