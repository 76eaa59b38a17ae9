import { numberOf } from "../calls/numbers.ts";
import { partsFrom, type Part } from "../calls/arguments.ts";
import { secondsOf } from "../facts/temporal-timeouts.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found } from "../triage-check.ts";

/** A time of a setting or a decorator. */
interface Time {
	seconds: number;
	file: SourceFile;
	at: number;
}

/** A task of Celery with the times of its decorator. */
interface Task {
	name: string;
	late: boolean;
	limit: Time | undefined;
	soft: Time | undefined;
	/** The longest pause before it is tried again. */
	pause: Time | undefined;
	endless: { file: SourceFile; at: number } | undefined;
}

const DECORATOR = /^[ \t]*@(?:[\w.]+\.)?(?:task|shared_task|actor)\(/gm;
const DEF = /\)\s*(?:#[^\n]*)?\n(?:[ \t]*@[^\n]*\n)*[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)/y;
const MEANT = /unlimited|for ?ever|no limit|endless|unbounded|until|never give/i;

/** Times of Celery that do not fit together: broker and task, soft and hard limit, retries without an end. */
export function celeryTimes(tree: Tree): Found[] {
	const files = tree.in("python").filter((file) => standingOf(file.path) === "live" && file.has(/celery|dramatiq/));
	const tasks = files.flatMap(tasksIn);
	if (tasks.length === 0) return [];
	const late = files.some((file) => file.has(/\btask_acks_late["']?[ \t]*[:=][ \t]*True\b/));
	const visible = files.flatMap((file) => timesIn(file, /\bvisibility_timeout["']?[ \t]*[:=](?!=)[ \t]*([^,\n}#]+)/g));
	const limits = files.flatMap((file) => timesIn(file, /\btask_time_limit["']?[ \t]*[:=](?!=)[ \t]*([^,\n}#]+)/g));
	const [bound] = visible;
	return [
		...(visible.length === 1 ? seenTwice(tasks, bound!, late, limits.length === 1 ? limits[0] : undefined) : []),
		...tasks.flatMap(neverSoft),
		...tasks.flatMap(endless),
	];
}

const timesIn = (file: SourceFile, pattern: RegExp): Time[] =>
	file.matches(pattern).flatMap(({ 0: all, 1: text, index }) => {
		const seconds = isComment(file, index) ? undefined : (numberOf(file, text!) ?? secondsOf(file, text!.trim()));
		return seconds === undefined ? [] : [{ seconds, file, at: index + all.length - text!.length }];
	});

const tasksIn = (file: SourceFile): Task[] =>
	file.matches(DECORATOR).flatMap(({ 0: head, index }): Task[] => {
		const list = partsFrom(file.text, index + head.length, "python");
		if (list === undefined || isComment(file, index)) return [];
		DEF.lastIndex = list.end;
		const named = /^["']([\w.-]+)["']$/.exec(valueOf(list.parts, "name")?.text ?? "")?.[1];
		const name = named ?? DEF.exec(file.text)?.[1];
		const time = (key: string): Time | undefined => {
			const part = valueOf(list.parts, key);
			const seconds = part && (numberOf(file, part.text) ?? secondsOf(file, part.text));
			return seconds === undefined ? undefined : { seconds, file, at: part!.at };
		};
		const retries = valueOf(list.parts, "max_retries");
		const again =
			list.parts.some(({ text }) => /^autoretry_for\s*=/.test(text)) ||
			head.includes("actor") ||
			isRetried(file, list.end);
		return name === undefined
			? []
			: [
					{
						name,
						late: valueOf(list.parts, "acks_late")?.text === "True",
						...{ limit: time("time_limit"), soft: time("soft_time_limit") },
						pause: list.parts.some(({ text }) => /^retry_backoff\s*=/.test(text))
							? time("retry_backoff_max")
							: undefined,
						endless: retries?.text === "None" && again ? { file, at: retries.at } : undefined,
					},
				];
	});

/** `self.retry(…)` in the function below. */
function isRetried({ text }: SourceFile, from: number): boolean {
	const start = text.indexOf("def ", from) + 4;
	const length = text.slice(start, start + 6000).search(/^(?:@|def |class |async def )/m);
	return text.slice(start, start + (length === -1 ? 6000 : length)).includes("self.retry(");
}

function valueOf(parts: readonly Part[], name: string): Part | undefined {
	for (const { text, at } of parts) {
		const head = /^(\w+)\s*=\s*(?!=)/.exec(text);
		if (head?.[1] === name) return { text: text.slice(head[0].length), at: at + head[0].length };
	}
	return undefined;
}

/** A broker that waits for the acknowledgement for less than the task may take gives it to a second worker. */
function seenTwice(tasks: readonly Task[], bound: Time, allLate: boolean, all: Time | undefined): Found[] {
	const long = tasks.flatMap(({ name, late, limit, pause }) => {
		const longest = late || allLate ? (limit ?? all) : undefined;
		if (longest !== undefined && longest.seconds >= bound.seconds)
			return [{ what: `${name} may run for ${longest.seconds} s`, time: longest }];
		return pause === undefined || pause.seconds < bound.seconds
			? []
			: [{ what: `${name} may wait ${pause.seconds} s for its next try`, time: pause }];
	});
	if (long.length === 0) return [];
	const most = Math.max(...long.map(({ time }) => time.seconds));
	return [
		{
			message: `${long.map(({ what }) => what).join(", ")}, and the visibility timeout of the broker is ${bound.seconds} s: a second worker is given the task meanwhile`,
			evidence: [bound.file.placeAt(bound.at), ...long.slice(0, 5).map(({ time }) => time.file.placeAt(time.at))],
			fix: { say: `give the broker a visibility_timeout above ${most} s` },
		},
	];
}

const neverSoft = ({ name, limit, soft }: Task): Found[] =>
	limit === undefined || soft === undefined || soft.seconds < limit.seconds
		? []
		: [
				{
					message: `${name} has a soft time limit of ${soft.seconds} s and is killed after ${limit.seconds} s: the first is never reached`,
					evidence: [soft.file.placeAt(soft.at), limit.file.placeAt(limit.at)],
					fix: { say: `give it a soft_time_limit below ${limit.seconds} s` },
				},
			];

function endless({ name, endless: found }: Task): Found[] {
	if (found === undefined) return [];
	const { file, at } = found;
	const line = file.lineAt(at);
	const told = [file.lines[line - 2], file.lines[line - 1]].some((text) => /#/.test(text ?? "") && MEANT.test(text!));
	const end =
		file.lines.findIndex((text) => /\b(?:giv(?:en?|es?|ing) up|gave up|at most|limited to)\b/i.test(text)) + 1;
	return told
		? []
		: [
				{
					message: `${name} has max_retries=None, which is no limit: it is tried for ever where the other side is gone`,
					evidence: [file.placeAt(at), ...(end === 0 ? [] : [file.place(end)])],
					fix: { say: "give it a number of retries" },
				},
			];
}
