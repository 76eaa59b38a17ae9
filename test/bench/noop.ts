import { join } from "node:path";
import type { Rollout } from "../../src/rollout/report.ts";
import { lookByHand } from "./by-hand.ts";
import { median, millis, mustRun, say } from "./measure.ts";
import { BENCH_INSTANCE, prepare, withProject, type BenchProject } from "./project.ts";

const ROUNDS = 10;
const AIM_MS = 400;

/** `cres deploy` of what runs already. */
export const noopBench = (root: string): Promise<void> =>
	withProject(root, {}, async (project) => {
		await prepare(project);
		await project.cres(["deploy", BENCH_INSTANCE]);
		const deploys: { ms: number; durationMs: number }[] = [];
		const [starts, byHand]: [number[], number[]] = [[], []];
		for (let round = 0; round < ROUNDS; round++) {
			deploys.push(await deployAgain(project));
			starts.push((await mustRun(process.execPath, [join(root, "bin/run.js"), "--version"])).ms);
			byHand.push(await lookByHand(project));
		}
		const look = median(deploys.map(({ durationMs }) => durationMs));
		const whole = median(deploys.map(({ ms }) => ms));
		const start = median(starts);
		say(
			`  ${millis(whole)} (median of ${ROUNDS}, aim ≤ ${millis(AIM_MS)}); by hand, ssh INSTANCE docker ps: ${millis(median(byHand))}; of it:`,
		);
		say(`    ${millis(start)} to start cres (as cres --version)`);
		say(`    ${millis(whole - look - start)} to read cres.yaml and load what a deploy needs, and to end`);
		say(`    ${millis(look)} to look at instance, registry, Temporal and store, all at the same time`);
	});

async function deployAgain({ cres }: BenchProject): Promise<{ ms: number; durationMs: number }> {
	const { ms, stdout } = await cres(["deploy", BENCH_INSTANCE, "--json"]);
	const { outcome, durationMs } = JSON.parse(stdout) as Rollout;
	if (outcome !== "unchanged") throw new Error(`a deploy of what runs is ${outcome}`);
	return { ms, durationMs };
}
