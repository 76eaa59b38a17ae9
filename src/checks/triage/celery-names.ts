import { nearest } from "../../system/nearest.ts";
import { namesOf } from "../facts/expressions.ts";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS362",
	scope: "static",
	severity: "error",
	question: "Does Celery know every task that is named, and does a worker take from every queue?",
	why: "beat goes on sending a name that no worker has, and each worker drops it; a task in a queue that nobody takes from waits for ever.",
	example:
		'`"task": "app.tasks.send_reminder"` and the function is send_reminders; `-Q default,reports` and the route says report.',
	run(tree) {
		const files = tree
			.in("python")
			.filter((file) => standingOf(file.path) === "live" && file.includes("task") && file.has(/celery|shared_task/));
		const tasks = files.flatMap(tasksIn);
		const findings = [...files.flatMap((file) => unknown(tree, file, tasks)), ...unconsumed(tree, files)];
		return { looked: `${tasks.length} tasks of Celery`, findings };
	},
} satisfies StaticCheck;

interface Task {
	/** Its whole name, or the function's. */
	name: string;
	module: string;
	file: SourceFile;
	line: number;
}

const TASK =
	/^[ \t]*@(?:[\w.]+\.)?(?:task|shared_task)\b[ \t]*(\((?:[^()]|\([^()]*\))*\))?[ \t]*(?:#[^\n]*)?\n(?:[ \t]*@[^\n]*\n)*[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)/gm;

const tasksIn = (file: SourceFile): Task[] =>
	file.matches(TASK).map(({ 0: all, 1: options, 2: name, index }) => ({
		name: /\bname\s*=\s*["']([\w.-]+)["']/.exec(options ?? "")?.[1] ?? name!,
		module: file.path.replace(/\.py$/, "").replaceAll("/", "."),
		file,
		line: file.lineAt(index + all.length),
	}));

const NAMED =
	/(["']task["'][ \t]*:|\bsend_task\([ \t]*|\bsignature\([ \t]*)[ \t]*["']([A-Za-z_]\w*(?:\.\w+)+)["']|["']([A-Za-z_]\w*(?:\.\w+)+)["'][ \t]*:[ \t]*\{[ \t]*["']queue["']/g;

const isTask = (name: string, tasks: readonly Task[]): boolean =>
	tasks.some((one) => {
		if (one.name.includes(".")) return one.name === name;
		const at = name.lastIndexOf(".");
		return name.slice(at + 1) === one.name && `.${one.module}`.endsWith(`.${name.slice(0, at)}`);
	});

/** Only names of modules that have tasks: those of others may come from a package. */
function unknown(tree: Tree, file: SourceFile, tasks: readonly Task[]): Found[] {
	return file.matches(NAMED).flatMap(({ 0: all, 2: sent, 3: routed, index }): Found[] => {
		const name = (sent ?? routed)!;
		const module = name.slice(0, name.lastIndexOf("."));
		const beside = tasks.filter((one) => !one.name.includes(".") && `.${one.module}`.endsWith(`.${module}`));
		const explicit = tasks.filter((one) => one.name.startsWith(`${module}.`));
		if (beside.length + explicit.length === 0 || isTask(name, tasks) || isComment(file, index)) return [];
		if (isNamedElsewhere(tree, name)) return [];
		const known = [...beside.map((one) => `${module}.${one.name}`), ...explicit.map((one) => one.name)];
		const meant = nearest(name, known);
		const [first] = [...beside, ...explicit];
		return [
			{
				message: `${file.path} names the task ${name}, and no function is that task`,
				evidence: [placeIn(file, file.lineAt(index + all.indexOf(name))), placeIn(first!.file, first!.line)],
				fix: { say: meant === undefined ? `name one of ${known.slice(0, 5).join(", ")}` : `write ${meant}` },
			},
		];
	});
}

/** `name = "…"` of a class, or a function that is registered by hand. */
const isNamedElsewhere = (tree: Tree, name: string): boolean =>
	tree
		.in("python")
		.some(
			({ text }) =>
				text.includes(name) &&
				new RegExp(`\\bname\\s*=\\s*["']${name.replaceAll(".", "\\.")}["']|register_task`).test(text),
		);

/** A command goes on behind `\` at the end of a line. */
const WORKER = /\bcelery\b(?:[^\n#]|\\\r?\n)*?\bworker\b(?:\\\r?\n|[^\n])*/g;
const TAKES = /[\s"'](?:-Q|--queues)(?:[= ]\s*|["',\s]+)([\w.,@{}$:-]+)/;
/** Behind a key of a route, an argument of a call, the setting of the default queue: a literal or a name. */
const SENT =
	/(?:["']queue["'][ \t]*:[ \t]*|\b(?:apply_async|send_task)\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\bqueue[ \t]*=[ \t]*|\btask_default_queue["']?[ \t]*[:=][ \t]*)(["'][\w.-]+["']|[A-Za-z_][\w.]*(?=[ \t]*[,})\n]))/g;

/** Queues that tasks are sent to, where every worker of the tree says what it takes. */
function unconsumed(tree: Tree, files: readonly SourceFile[]): Found[] {
	const starts = tree.files
		.filter((file) => file.has(/celery/) && standingOf(file.path) === "live" && file.language !== "python")
		.flatMap((file) => file.matches(WORKER).map(({ 0: text, index }) => ({ file, text, index })))
		.filter(({ file, index }) => !isComment(file, index));
	const taken = starts.map(({ text }) => TAKES.exec(text)?.[1]);
	if (starts.length === 0 || taken.some((one) => one === undefined || /[{}$]/.test(one))) return [];
	const queues = new Set(taken.flatMap((one) => one!.split(",")));
	const sent = files.flatMap((file) =>
		file.matches(SENT).flatMap(({ 0: all, 1: expression, index }) => {
			const values = namesOf(tree).resolve(file, expression!);
			const [queue] = values ?? [];
			const at = index + all.lastIndexOf(expression!);
			return queue === undefined || values!.length > 1 || /[*{}$]/.test(queue) || isComment(file, index)
				? []
				: [{ queue, file, at }];
		}),
	);
	const idle = starts.find((_, at) => taken[at]!.split(",").every((one) => sent.every(({ queue }) => queue !== one)));
	const lost = Map.groupBy(
		sent.filter(({ queue }) => !queues.has(queue)),
		({ queue }) => queue,
	);
	return [...lost].map(([queue, all]): Found => {
		const meant = nearest(queue, [...queues]);
		const start = idle ?? starts[0]!;
		return {
			message: `tasks are sent to the queue ${queue}, and the workers take from ${[...queues].join(", ")}`,
			evidence: [
				...all.slice(0, 4).map(({ file, at }) => placeIn(file, file.lineAt(at))),
				placeIn(start.file, start.file.lineAt(start.index)),
			] as unknown as Found["evidence"],
			fix: { say: meant === undefined ? `start a worker with -Q ${queue}` : `write ${meant}` },
		};
	});
}
