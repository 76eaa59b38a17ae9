import { partsFrom } from "../calls/arguments.ts";
import { longestWait, mayHeartbeat } from "../facts/activity-work.ts";
import { standingOf } from "../facts/standing.ts";
import { scheduledIn, secondsOf, type Scheduled } from "../facts/temporal-timeouts.ts";
import { temporalIn, type Defined } from "../facts/temporal.ts";
import { celeryTimes } from "../python/celery-times.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS398",
	scope: "static",
	severity: "warning",
	question: "Do the times of an activity or a task fit its work and its broker, and do retries end?",
	why: "A heartbeat timeout below the longest call fails work that still runs, and starts it twice; a retry without an end repeats for ever what can never succeed.",
	example: "`heartbeat_timeout=timedelta(seconds=30)` and the activity heartbeats after a call that may take 120 s.",
	run(tree) {
		const live = (file: SourceFile): boolean => standingOf(file.path) === "live";
		const { files, defined } = temporalIn(tree);
		const scheduled = files.filter(live).flatMap(scheduledIn);
		const activities = defined.filter(({ kind, file }) => kind === "activity" && live(file));
		return {
			looked: `${scheduled.length} activities that are scheduled`,
			findings: [
				...scheduled.flatMap((one) => [...unfit(one), ...silent(tree, one, activities)]),
				...files.filter(live).flatMap((file) => policies(file, scheduled)),
				...tree.in("python").filter(live).flatMap(unended),
				...celeryTimes(tree),
			],
		};
	},
} satisfies StaticCheck;

const at = (file: SourceFile, offset: number): FilePlace => file.placeAt(offset);

/** Times of which one can never be reached. */
function unfit({ names, file, heartbeat, startToClose, scheduleToClose, scheduleToStart }: Scheduled): Found[] {
	const pairs = [
		["heartbeat timeout", heartbeat, "start-to-close timeout", startToClose],
		["start-to-close timeout", startToClose, "schedule-to-close timeout", scheduleToClose],
		["schedule-to-start timeout", scheduleToStart, "schedule-to-close timeout", scheduleToClose],
	] as const;
	return pairs.flatMap(([what, one, bound, other]): Found[] =>
		one === undefined || other === undefined || one.seconds <= other.seconds
			? []
			: [
					{
						message: `${names.join(", ")} has a ${what} of ${one.seconds} s and a ${bound} of ${other.seconds} s: the first is never reached`,
						evidence: [at(file, one.at), at(file, other.at)],
						fix: { say: `give it a ${what} below ${other.seconds} s, or a longer ${bound}` },
					},
				],
	);
}

/** The work between two heartbeats may take longer than the heartbeat timeout, or there is none at all. */
function silent(tree: Tree, { names, file, heartbeat }: Scheduled, activities: readonly Defined[]): Found[] {
	if (heartbeat === undefined) return [];
	return names.flatMap((name): Found[] => {
		const own = activities.filter((one) => one.name === name || one.signature?.name === name);
		const [activity] = own;
		if (activity === undefined || own.length > 1) return [];
		const wait = longestWait(tree, activity);
		if (wait !== undefined && wait.seconds > heartbeat.seconds)
			return [
				{
					message: `the heartbeat timeout of ${name} is ${heartbeat.seconds} s, and between two heartbeats it may wait ${wait.seconds} s (timeout ${wait.text})`,
					evidence: [
						at(file, heartbeat.at),
						at(wait.file, wait.at),
						...(wait.made === undefined ? [] : [at(wait.made.file, wait.made.at)]),
					],
					fix: { say: `give it a heartbeat timeout above ${wait.seconds} s, or heartbeat while the call runs` },
				},
			];
		if (mayHeartbeat(tree, activity)) return [];
		return [
			{
				message: `${name} has a heartbeat timeout of ${heartbeat.seconds} s, and it never heartbeats: it fails after that time`,
				evidence: [at(file, heartbeat.at), at(activity.file, activity.at)],
				fix: { say: `call heartbeat() in ${name}, or take the heartbeat timeout out` },
			},
		];
	});
}

const POLICY = /\bRetryPolicy\(|\bretry\s*:\s*\{/g;
const MEANT = /unlimited|for ?ever|no limit|endless|unbounded|bounded by|until|never give/i;

/** Retry policies that never end, or that Temporal refuses. */
function policies(file: SourceFile, scheduled: readonly Scheduled[]): Found[] {
	const python = file.language === "python";
	return file.matches(POLICY).flatMap(({ 0: head, index }): Found[] => {
		const parts = partsFrom(file.text, index + head.length, python ? "python" : "javascript")?.parts ?? [];
		const find = (snake: string, camel: string) => {
			const part = parts.find(({ text }) => new RegExp(`^(?:${snake}|${camel})\\s*[=:]`).test(text));
			return part && { at: part.at, value: part.text.replace(/^\w+\s*[=:]\s*/, "") };
		};
		if (isComment(file, index)) return [];
		const attempts = find("maximum_attempts", "maximumAttempts");
		const [first, most] = [find("initial_interval", "initialInterval"), find("maximum_interval", "maximumInterval")];
		const [a, b] = [first, most].map((one) => (one === undefined ? undefined : secondsOf(file, one.value)));
		const name = /(\w+)(?:\s*:\s*\w+)?\s*=\s*$/.exec(file.text.slice(Math.max(0, index - 60), index))?.[1];
		const users = scheduled.filter((one) =>
			name === undefined ? contains(one, file, index) : one.retry?.text === name,
		);
		const line = attempts === undefined ? 0 : file.lineAt(attempts.at);
		const told = [file.lines[line - 2], file.lines[line - 1]].some(
			(text) => /#|\/\//.test(text ?? "") && MEANT.test(text!),
		);
		const endless = /^(?:0|Infinity|Number\.POSITIVE_INFINITY)$/.test(attempts?.value ?? "");
		const open = users.filter(({ scheduleToClose }) => scheduleToClose === undefined);
		return [
			...(endless && !told && open.length > 0
				? [
						{
							message: `a retry policy has ${attempts!.value} as the most attempts, which is no limit, and ${open.map(({ names }) => names.join(", ")).join(", ")} ${open.length === 1 ? "has" : "have"} no schedule-to-close timeout`,
							evidence: [at(file, attempts!.at), ...open.slice(0, 4).map((one) => at(one.file, one.at))] as const,
							fix: { say: "give it a number of attempts, or the activities a schedule-to-close timeout" },
						} satisfies Found,
					]
				: []),
			...(a !== undefined && b !== undefined && a > b
				? [
						{
							message: `a retry policy begins with ${a} s and has ${b} s as its longest interval: Temporal refuses it`,
							evidence: [at(file, first!.at), at(file, most!.at)] as const,
							fix: { say: `give it a longest interval of ${a} s or more` },
							severity: "error" as const,
						},
					]
				: []),
		];
	});
}

const contains = ({ file, at: from, retry }: Scheduled, own: SourceFile, index: number): boolean =>
	file === own && retry !== undefined && index >= from && index <= retry.at + retry.text.length;

const DECORATED = /^[ \t]*@(?:tenacity\.)?retry(?:\(|[ \t]*$)|^[ \t]*@backoff\.on_exception\(/gm;

/** tenacity and backoff try for ever, after any error, unless they are told when to stop. */
function unended(file: SourceFile): Found[] {
	if (!file.has(/^(?:from|import)[ \t]+(?:tenacity|backoff)\b/m)) return [];
	return file.matches(DECORATED).flatMap(({ 0: all, index }): Found[] => {
		const inside = all.endsWith("(") ? (partsFrom(file.text, index + all.length, "python")?.parts ?? []) : [];
		const has = (names: RegExp): boolean => inside.some(({ text }) => names.test(text));
		const backoff = all.includes("backoff");
		if (isComment(file, index) || has(/^\*\*|^(?:stop|retry|max_tries|max_time|giveup)\s*=/)) return [];
		if (backoff && !/^(?:Exception|BaseException)$/.test(inside[1]?.text ?? "")) return [];
		return [
			{
				message: `${file.path} has ${all.trim().replace(/\($/, "")} without a limit: it tries for ever, whatever the error is`,
				evidence: [at(file, index + all.search(/\S/))],
				fix: {
					say: backoff
						? "give it max_tries or max_time"
						: "give it stop=stop_after_attempt(…), and the errors that pass",
				},
			},
		];
	});
}
