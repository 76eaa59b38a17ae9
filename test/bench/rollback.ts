import type { Rollout } from "../../src/rollout/report.ts";
import { runByHand, withChangedImages } from "./by-hand.ts";
import { median, millis, say } from "./measure.ts";
import { BENCH_INSTANCE, benchContainers, type BenchProject } from "./project.ts";

const ROUNDS = 5;

interface Round {
	/** Milliseconds from the start of the command to its end. */
	whole: number;
	steps: Rollout["steps"];
	/** The same by hand: start, wait for the polls, stop what ran before. */
	floor: number;
}

/** `cres rollback` to the release before, whose image the instance still has. */
export const rollbackBench = (root: string): Promise<void> =>
	withChangedImages(root, async (project, [first, second]) => {
		await project.cres(["deploy", BENCH_INSTANCE, "--image", first]);
		const rounds: Round[] = [];
		for (let round = -1; round < ROUNDS; round++) {
			const done = await oneRound(project, second);
			if (round >= 0) rounds.push(done);
		}
		report(rounds);
	});

/** Deploys `other` and rolls back from it. */
async function oneRound(project: BenchProject, other: string): Promise<Round> {
	await project.cres(["deploy", BENCH_INSTANCE, "--image", other]);
	const { ms, stdout } = await project.cres(["rollback", BENCH_INSTANCE, "--json"]);
	const { outcome, steps } = JSON.parse(stdout) as Rollout;
	if (outcome !== "live") throw new Error(`the rollback is ${outcome}`);
	const [container] = await benchContainers(project.docker);
	const { total, stop } = await runByHand(project, container!.Id, other);
	return { whole: ms, steps, floor: total + stop };
}

function report(rounds: readonly Round[]): void {
	const mid = (of: (round: Round) => number): string => millis(median(rounds.map(of)));
	const took = (wanted: string) => mid(({ steps }) => steps.find(({ kind }) => kind === wanted)?.ms ?? 0);
	say(
		`  medians of ${rounds.length}; ${mid(({ whole }) => whole)} from command to its end, by hand ${mid(({ floor }) => floor)}`,
	);
	say(`    of it: ${rounds[0]!.steps.map(({ kind }) => `${kind} ${took(kind)}`).join(" · ")}`);
}
