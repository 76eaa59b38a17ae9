import { existsSync, globSync } from "node:fs";
import { join, sep } from "node:path";
import { placeOf } from "../../backend/place.ts";
import { backendStatus, troubleOf } from "../../backend/status.ts";
import type { Config } from "../../config/config.ts";
import { fail, ok, warn, type Check } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";

interface BackendCheckPorts extends Pick<DoctorPorts, "processes" | "ports"> {
	config: Pick<Config, "root">;
}

/** One check for each backend that was ever started from the folder of cres.yaml. */
export const backendChecks = ({ config, processes, ports }: BackendCheckPorts): Check[] =>
	globSync(".cres/backend/*/state/spec.json", { cwd: config.root }).map((path) => {
		const name = path.split(sep).at(-3)!;
		const file = existsSync(join(config.root, `${name}.yaml`)) ? `${name}.yaml` : name;
		const look = `cres backend status ${file}`;
		return {
			name: `backend ${name}`,
			fix: look,
			async run() {
				const status = await backendStatus({ processes, ports }, placeOf(join(config.root, file)));
				const trouble = troubleOf(status);
				if (status.state === "orphaned" || status.state === "unresponsive")
					return fail(trouble.join("; "), `cres backend stop ${file}, then cres backend start ${file}`);
				return trouble.length === 0 ? ok(status.state) : warn(trouble.join("; "), look);
			},
		};
	});
