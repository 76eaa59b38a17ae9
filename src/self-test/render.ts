import type { SelfTestDevice } from "../contracts/self-test.ts";
import { seconds, table } from "../system/text.ts";
import type { SelfTest } from "./run.ts";

/** One row a check, the memory of each device, and the verdict. */
export function renderSelfTest(test: SelfTest): string {
	const rows = test.checks.map(({ id, ok, observed, ms }) => [id, ok ? "ok" : "fail", seconds(ms), line(observed)]);
	const wrong = test.checks.flatMap(({ id, ok, expected }) =>
		ok || expected === undefined ? [] : [`${id} should be: ${line(expected)}`],
	);
	return [
		table(["CHECK", "RESULT", "TIME", "OBSERVED"], rows),
		...wrong,
		...test.devices.map(memory),
		...test.processes.map(({ pid, name, usedMiB }) => `process ${pid}: ${line(name)}, ${usedMiB} MiB on the GPU`),
		...(test.pretended ? ["GPU_PRETEND=1: a rehearsal; nothing of this ran on a GPU"] : []),
		verdict(test),
	].join("\n");
}

const memory = ({ name, beforeMiB, peakMiB, afterMiB, totalMiB }: SelfTestDevice): string =>
	`${line(name)}: ${beforeMiB} MiB in use before, ${peakMiB} at most, ${afterMiB} after, of ${totalMiB} MiB`;

function verdict({ instance, role, ok, checks, buildId, durationMs }: SelfTest): string {
	const failed = checks.filter((check) => !check.ok).map(({ id }) => id);
	const what = `${instance} as ${role}, build ${buildId ?? "unknown"}`;
	if (ok) return `✔ ${what}: ${checks.length} checks ok in ${seconds(durationMs)}`;
	return `✖ ${what}: ${failed.join(", ")} failed\n  → cres logs ${instance}`;
}

/** What comes from the instance must not move the cursor. */
// oxlint-disable-next-line no-control-regex
const line = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
