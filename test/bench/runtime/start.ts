import { table } from "../../../src/system/text.ts";
import { median, millis, say } from "../measure.ts";
import type { Stage } from "./stage.ts";

const AIM_MS = 6_000;
const BASE = "bench-start";

/** What a line of the container's log says, in the order of a start. */
const MARKS: readonly (readonly [string, (line: string) => boolean])[] = [
	["boot has looked around", (line) => /supervisord +starts as process/.test(line)],
	["supervisord runs", (line) => line.includes("supervisord started with pid")],
	["whisper listens", (line) => line.includes('"listening"')],
	["worker-cpu starts", (line) => line.includes('"worker starts"') && line.includes('"mode":"cpu"')],
	["worker-gpu starts", (line) => line.includes('"worker starts"') && line.includes('"mode":"gpu"')],
	["api listens", (line) => line.includes('"api listens"')],
	["worker-cpu runs", (line) => isRunning(line, "cpu")],
	["llama is ready", (line) => line.includes("llama_server: listening")],
	["whisper is ready", (line) => line.includes('"whisper: ok"')],
	["models verified", (line) => line.includes('"models: ready"')],
	["worker-gpu runs", (line) => isRunning(line, "gpu")],
];

const isRunning = (line: string, role: string): boolean =>
	line.includes('"Worker state changed"') && line.includes(`@${role}"`) && line.includes('"RUNNING"');

/** Milliseconds from docker's start on. */
interface Start {
	marks: Record<string, number>;
	whole: number;
}

/** Containers started one after the other; the first one, which warms the page cache and verifies the models, counts apart. */
export async function startSection(stage: Stage): Promise<void> {
	const first = await oneStart(stage);
	const starts: Start[] = [];
	for (let run = 0; run < stage.counts.runs; run++) starts.push(await oneStart(stage));
	const wholes = starts.map(({ whole }) => whole);
	say(
		`  start → both queues polled, models mounted, ${starts.length} runs: median ${millis(median(wholes))}, min ${millis(Math.min(...wholes))}, max ${millis(Math.max(...wholes))} (aim ≤ ${millis(AIM_MS)}); one before them ${millis(first.whole)}`,
	);
	const names = [...new Set(starts.flatMap(({ marks }) => Object.keys(marks)))];
	const rows = names.map((name) => {
		const values = starts.flatMap(({ marks }) => marks[name] ?? []);
		return {
			name,
			middle: median(values),
			row: [name, ...[median(values), Math.min(...values), Math.max(...values)].map(millis)],
		};
	});
	const sorted = rows.toSorted((a, b) => a.middle - b.middle).map(({ row }) => row);
	say(table(["REACHED", "MEDIAN", "MIN", "MAX"], sorted));
}

async function oneStart(stage: Stage): Promise<Start> {
	const box = await stage.box({ base: `${BASE}-${stage.run}` });
	const from = Date.now();
	await box.container.start();
	const running = Date.now();
	const polls = await box.polling();
	const lines = await box.log();
	await stage.clear();
	const log = MARKS.flatMap(([name, is]) => {
		const line = lines.find(is);
		return line === undefined ? [] : [[name, Date.parse(line.split(" ")[0]!) - from] as const];
	});
	const polled = Object.entries(polls).map(([what, at]) => [`Temporal sees ${what} polls`, at - from] as const);
	const marks = Object.fromEntries([["docker start returns", running - from], ...log, ...polled]);
	return { marks, whole: Math.max(...Object.values(polls)) - from };
}
