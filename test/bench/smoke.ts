import type { SmokeReport } from "../../src/contracts/smoke.ts";
import { lastBuild } from "../../src/state/last-build.ts";
import { stateDirectory } from "../../src/state/directory.ts";
import { join } from "node:path";
import { median, millis, say } from "./measure.ts";
import { prepare, withProject, type BenchProject } from "./project.ts";

const ROUNDS = 5;
const AIM_MS = 12_000;

/** `cres smoke` of a good image that the daemon has already, against the perimeter, rung by rung. */
export const smokeBench = (root: string): Promise<void> =>
	withProject(root, {}, async (project) => {
		await prepare(project);
		const { digest } = (await lastBuild(stateDirectory(join(project.directory, "cres.yaml"), "default"), "cpu"))!;
		await smokeOnce(project, digest); // what is pulled and loaded once
		const rounds = [];
		for (let round = 0; round < ROUNDS; round++) rounds.push(await smokeOnce(project, digest));
		const whole = rounds.map(({ ms }) => ms);
		const inside = median(rounds.map(({ report }) => report.durationMs));
		say(
			`  ${millis(median(whole))} from command to its end (median of ${ROUNDS}, most ${millis(Math.max(...whole))}, aim ≤ ${millis(AIM_MS)}); of it:`,
		);
		say(`    ${millis(median(whole) - inside)} to start and to end cres`);
		for (const { name } of rounds[0]!.report.rungs) {
			const took = rounds.map(({ report }) => report.rungs.find((rung) => rung.name === name)!.ms);
			say(`    ${millis(median(took)).padStart(8)}  ${name}`);
		}
		say("  binaries, imports, queues and health are climbed at the same time, and so are supervisor and workflow");
	});

async function smokeOnce({ cres }: BenchProject, digest: string): Promise<{ ms: number; report: SmokeReport }> {
	const { ms, stdout } = await cres(["smoke", digest, "--against", "rehearsal", "--json"]);
	return { ms, report: JSON.parse(stdout) as SmokeReport };
}
