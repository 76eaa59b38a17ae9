import { relative } from "node:path";
import { awaitHealth } from "./await-health.ts";
import { environmentOf } from "./environment.ts";
import type { Source, SourceOptions } from "./source.ts";

/** A backend: its supervisor, servers and gateway, with records and logs of their own. */
export function backendSource(options: SourceOptions, file: string): Source {
	const { ports, service } = options;
	const { backend, config } = ports;
	return {
		async look() {
			const { runs } = await backend.status(file);
			return runs ? { runs: true, ours: true } : { runs: false };
		},
		async start(how) {
			const { runs, healthy } = await backend.status(file);
			if (runs && !healthy) await backend.stop(file, how.signal);
			how.begin();
			await backend.start(file, environmentOf(config, service), how);
			await awaitHealth(options, how, { hint: `cres backend logs ${relative(config.root, file)}` });
		},
		async stop(signal) {
			const { runs } = await backend.status(file);
			await backend.stop(file, signal);
			return runs ? "stopped" : "was-stopped";
		},
		log: { elsewhere: `${service.name} is a backend: cres backend logs ${relative(config.root, file)}` },
	};
}
