import type { Rollout } from "../../src/rollout/report.ts";
import { removeImage, runByHand, withChangedImages, type ByHand } from "./by-hand.ts";
import { median, millis, say } from "./measure.ts";
import { BENCH_INSTANCE, benchContainers, type BenchProject } from "./project.ts";

const ROUNDS = 5;
const AIM_MS = 1_500;
/** What `cres deploy` prints when that step is done. */
const POLLING = "✔ wait until the new build polls every expected queue";
const STEPS_TO_POLLING = ["pull", "start", "await-pollers"];

interface Round {
	/** Milliseconds from the start of the command until the new build is polling. */
	polling: number;
	whole: number;
	steps: Rollout["steps"];
	floor: ByHand;
}

/** `cres deploy` of a one-line change against the same container pulled, started and polled by hand. */
export const deployBench = (root: string): Promise<void> =>
	withChangedImages(root, async (project, images) => report(await alternate(project, images)));

/** One round to warm up, then those that count; each brings the image that does not run. */
async function alternate(project: BenchProject, images: readonly [string, string]): Promise<Round[]> {
	await deploy(project, images[0]);
	const rounds: Round[] = [];
	for (let round = -1; round < ROUNDS; round++) {
		const [running, wanted] = round % 2 === 0 ? [images[1], images[0]] : images;
		const done = await oneRound(project, wanted, running);
		if (round >= 0) rounds.push(done);
	}
	return rounds;
}

const deploy = ({ cres }: BenchProject, digest: string) =>
	cres(["deploy", BENCH_INSTANCE, "--image", digest, "--json"], { mark: POLLING });

/** Both sides pull: what they shall run is removed from the instance first. */
async function oneRound(project: BenchProject, wanted: string, running: string): Promise<Round> {
	await removeImage(project, wanted);
	const { markMs, ms, stdout } = await deploy(project, wanted);
	const { outcome, steps } = JSON.parse(stdout) as Rollout;
	if (outcome !== "live" || markMs === undefined) throw new Error(`the deploy of a changed image is ${outcome}`);
	const [container] = await benchContainers(project.docker);
	await removeImage(project, running);
	return { polling: markMs, whole: ms, steps, floor: await runByHand(project, container!.Id, running) };
}

function report(rounds: readonly Round[]): void {
	const mid = (of: (round: Round) => number): number => median(rounds.map(of));
	const took = (kind: string) => rounds.map(({ steps }) => steps.find((step) => step.kind === kind)?.ms ?? 0);
	const before = STEPS_TO_POLLING.map((kind) => `${kind} ${millis(median(took(kind)))}`);
	const kinds = rounds[0]!.steps.map(({ kind }) => kind).filter((kind) => !STEPS_TO_POLLING.includes(kind));
	const after = kinds.map((kind) => `${kind} ${millis(median(took(kind)))} (most ${millis(Math.max(...took(kind)))})`);
	const look = mid(({ polling, steps }) => polling - toPolling(steps));
	const [pull, start, poll, total] = (["pull", "start", "poll", "total"] as const).map((part) =>
		millis(mid(({ floor }) => floor[part])),
	);
	const byHand = mid(({ floor }) => floor.total + floor.stop);
	say(
		`  medians of ${rounds.length}; ${millis(mid(({ whole }) => whole))} from command to its end, by hand ${millis(byHand)}`,
	);
	say(
		`  new build is polling after ${millis(mid(({ polling }) => polling))}: start and look ${millis(look)} · ${before.join(" · ")}`,
	);
	say(`  the same by hand: ${total}: pull ${pull} · start ${start} · poll ${poll}`);
	say(`  overhead: ${millis(mid(({ polling, floor }) => polling - floor.total))} (aim ≤ ${millis(AIM_MS)})`);
	say(`  afterwards: ${after.join(" · ")}; watch is rollout.watch, a chosen time of proof`);
}

const toPolling = (steps: Rollout["steps"]): number =>
	steps.filter(({ kind }) => STEPS_TO_POLLING.includes(kind)).reduce((sum, { ms }) => sum + ms, 0);
