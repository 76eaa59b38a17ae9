import { examine, shared, type Finding, type Probe } from "../../../runtime/health.ts";
import type { Log } from "../../../runtime/logger.ts";
import type { Engine } from "../../../runtime/engines/engine.ts";
import type { ApiRole } from "../../roles.ts";
import type { Health } from "./schema.ts";

/** One dependency may take this many milliseconds to answer. */
const PROBE_LIMIT = 2_000;
/** An answer serves all who ask within this many milliseconds. */
const FRESH_FOR = 1_000;

export interface HealthOptions {
	role: ApiRole;
	buildId: string;
	pretended: boolean;
	/** Absent: not needed here. */
	probes: { temporal: Probe<void>; minio: Probe<void>; llama?: Probe<Engine>; whisper?: Probe<Engine> };
	/** Milliseconds, monotonic. */
	now: () => number;
	log: Log;
}

/** Asks all dependencies at once, and none of them again within a second; logs what has changed. */
export function createHealth({ role, buildId, pretended, probes, now, log }: HealthOptions): () => Promise<Health> {
	let last = "";
	return shared(FRESH_FOR, now, async () => {
		const [temporal, minio, llama, whisper] = await Promise.all([
			examine(probes.temporal, PROBE_LIMIT),
			examine(probes.minio, PROBE_LIMIT),
			examine(probes.llama, PROBE_LIMIT),
			examine(probes.whisper, PROBE_LIMIT),
		]);
		const findings = { temporal, minio, llama, whisper };
		const states = { temporal: temporal.state, minio: minio.state, llama: llama.state, whisper: whisper.state };
		const reasons = reasonsOf(findings);
		if (last !== (last = JSON.stringify(states))) log(reasons ? "WARN" : "INFO", "health", { ...states, reasons });
		return {
			role,
			api: "ok",
			...states,
			reasons: reasons ?? {},
			engines: { llama: llama.facts, whisper: whisper.facts },
			pretended: pretended || Boolean(llama.facts?.pretended || whisper.facts?.pretended),
			buildId,
		};
	});
}

/** Undefined when all is well. */
function reasonsOf(findings: Readonly<Record<string, Finding>>): Record<string, string> | undefined {
	const reasons = Object.entries(findings).flatMap(([name, { reason }]) => (reason ? [[name, reason] as const] : []));
	return reasons.length > 0 ? Object.fromEntries(reasons) : undefined;
}

/** Whether all that is needed here works. */
export const isHealthy = ({ temporal, minio, llama, whisper }: Health): boolean =>
	[temporal, minio, llama, whisper].every((state) => state === "ok" || state === "n/a");
