import { join } from "node:path";
import type { Rehearsed } from "../../rehearsal/main-job.ts";
import { millis, mustRun, say } from "./measure.ts";

const AIM_MS = 60_000;

/** `cres rehearse`, once to have everything made and once more. */
export async function rehearseBench(root: string): Promise<void> {
	const rehearse = () => mustRun(process.execPath, [join(root, "bin/run.js"), "rehearse", "--json"], { cwd: root });
	const first = await rehearse();
	const second = await rehearse();
	say(`  second cres rehearse: ${millis(second.ms)} (aim ≤ ${millis(AIM_MS)}); the one before: ${millis(first.ms)}`);
	for (const { command, ms } of (JSON.parse(second.stdout) as Rehearsed).steps)
		say(`    ${millis(ms).padStart(9)}  ${command}`);
}
