import { hasCode } from "../errors/errors.ts";
import type { Clock } from "../system/clock.ts";
import type { Progress } from "../system/progress.ts";
import { seconds } from "../system/text.ts";
import type { CommitRun } from "./commit-run.ts";

const FIRST_PAUSE_MS = 3_000;
const LONGEST_PAUSE_MS = 30_000;
const GROWTH = 1.5;

export interface AwaitPorts {
	clock: Clock;
	progress: Progress;
	signal: AbortSignal;
}

/**
 * Looks until the run has ended, ever less often, at most `waitMs`; what is returned may still run. While it waits, a
 * GitHub that does not answer is asked again.
 */
export async function awaitRun(
	{ clock, progress, signal }: AwaitPorts,
	look: () => Promise<CommitRun>,
	waitMs: number,
): Promise<CommitRun> {
	const first = await look();
	if (first.verdict !== "running" || waitMs <= 0) return first;
	const end = clock.now() + waitMs;
	return progress.step(`wait for run ${first.run!.number} of ${first.workflow}: ${first.run!.url}`, async (report) => {
		let seen = first;
		for (let pause = FIRST_PAUSE_MS; seen.verdict === "running" && clock.now() < end; pause = longer(pause)) {
			report(whereItIs(seen, clock.now()));
			await clock.sleep(Math.min(pause, end - clock.now()), signal);
			seen = (await look().catch(notNow)) ?? seen;
		}
		return seen;
	});
}

const longer = (pause: number): number => Math.min(LONGEST_PAUSE_MS, pause * GROWTH);

function notNow(error: unknown): undefined {
	if (!hasCode(error, "github_unreachable") && !hasCode(error, "github_rate_limited")) throw error;
}

/** `build: cres smoke, for 3 min 4 s`, or that it waits for its turn. */
export function whereItIs({ run, jobs }: CommitRun, nowMs: number): string {
	const job = jobs.find(({ status }) => status === "in_progress");
	const step = job?.steps.find(({ status }) => status === "in_progress");
	const since = run ? `, for ${seconds(Math.max(0, nowMs - Date.parse(run.startedAt)))}` : "";
	if (!job) return `${run?.status ?? "unknown"}${since}`;
	return `${job.name}${step ? `: ${step.name}` : ""}${since}`;
}
