import type { Backends } from "../control/control-ports.ts";
import type { Progress } from "../system/progress.ts";
import type { MachinePorts } from "./machine.ts";

/** What a server of a backend gets to end by itself, as `cres backend stop` gives it. */
const GRACE_MS = 3_000;

/** Backends as the control plane starts, asks and stops them. */
export function controlBackends(machine: MachinePorts, progress: Progress): Backends {
	const ports = machine.backend(progress);
	const place = async (file: string) => (await import("../backend/open.ts")).findBackend(file, ".");
	return {
		async status(file) {
			const { backendStatus, troubleOf } = await import("../backend/status.ts");
			const status = await backendStatus(ports, await place(file));
			const trouble = [...troubleOf(status), ...status.held];
			const detail = trouble.length > 0 ? trouble.join("; ") : `the backend is ${status.state}`;
			return { runs: status.state !== "stopped", healthy: status.healthy, detail };
		},
		async start(file, environment, { signal: ended, report }) {
			const { startBackend } = await import("../backend/start.ts");
			const told: Progress = { ...progress, step: (_title, work) => work(report) };
			const own = { ...ports, progress: told, signal: ended, environment };
			await startBackend(own, await place(file), { generate: false });
		},
		async stop(file, signal = new AbortController().signal) {
			const { stopBackend } = await import("../backend/stop.ts");
			await stopBackend({ ...ports, signal }, await place(file), GRACE_MS);
		},
	};
}
