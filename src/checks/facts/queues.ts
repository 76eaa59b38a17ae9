import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { envOf } from "./env.ts";
import { namesOf, type Values } from "./expressions.ts";
import { together } from "./set-together.ts";
import { standingOf } from "./standing.ts";

/** A place that names a task queue. */
export interface QueuePlace {
	/** The names it may have; `*` stands for an unknown part. Undefined: nobody can say. */
	values: Values;
	how: "dispatches" | "names" | "polls";
	/** The function that is called, or the name that is set. */
	by: string;
	/** Code around it that says for which class of work it is. */
	work: string;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
	block: string;
}

const ARGUMENT =
	/\b(?:task_queue|taskQueue)\b\s*(?:=(?!=)|:)\s*((?:f?["'`][^"'`\n]*["'`]|[\w.]+\([^()\n]*\)|[^,\n)}])+)/g;
const OPTION = /--(?:task-queue|queue)(?:[= ])["']?([\w${}@.:%-]+)/g;
/** `BASE_TASK_QUEUE`, `QUEUE_PREFIX`: a part of a name. */
export const BASE_NAME = /BASE|PREFIX|STEM/;
const QUEUE_NAME = /(?:^|_)(?:TASK_)?QUEUE(?:_NAME)?$/;

export const queuesOf = once((tree: Tree): readonly QueuePlace[] => {
	const files = tree.files.filter(
		(file) => standingOf(file.path) === "live" && file.text.length < 400_000 && file.has(/queue/i),
	);
	return [
		...files.flatMap((file) => [...callsIn(tree, file), ...optionsIn(file)]),
		...settings(tree),
		...constants(tree),
	];
});

function callsIn(tree: Tree, file: SourceFile): QueuePlace[] {
	if (file.language !== "python" && file.language !== "javascript") return [];
	const { resolve } = namesOf(tree);
	return file.matches(ARGUMENT).flatMap(({ 1: expression, index }): QueuePlace[] => {
		const call = enclosingCall(file.text, index);
		const how = call === undefined ? undefined : howOf(call.name);
		if (!call || how === undefined || isComment(file, index)) return [];
		return [
			{
				values: together(tree, resolve(file, expression!)),
				how,
				by: call.name,
				work: call.work,
				file,
				line: file.lineAt(index),
				block: "",
			},
		];
	});
}

const howOf = (name: string): QueuePlace["how"] | undefined =>
	/(?:^|\.)Worker(?:\.create)?$|(?:^|\.)worker$|create_worker|run_worker|new_worker|createWorker|runWorker/.test(name)
		? "polls"
		: /start_workflow|execute_workflow|start_activity|execute_activity|execute_local|child_workflow|startChild|executeChild|proxyActivities|workflow\.(?:start|execute|signalWithStart)|create_schedule|ScheduleActionStartWorkflow|dispatch|enqueue|signal_with_start/i.test(
					name,
			  )
			? "dispatches"
			: undefined;

/** The call whose brackets hold an offset, objects of options included. */
function enclosingCall(text: string, offset: number): { name: string; work: string } | undefined {
	let depth = 0;
	for (let at = offset - 1; at >= 0 && offset - at < 3000; at--) {
		const sign = text[at]!;
		if (sign === ")" || sign === "}" || sign === "]") depth++;
		else if (sign === "(" || sign === "{" || sign === "[") {
			if (depth > 0) depth--;
			else if (sign === "(") {
				const name = /([\w.]+)(?:<(?:[^<>()]|<[^<>()]*>)*>)?\s*$/.exec(text.slice(Math.max(0, at - 120), at))?.[1];
				if (name !== undefined && !/^(?:if|for|while|and|or|not|return)$/.test(name))
					return { name, work: text.slice(at + 1, offset) };
			}
		}
	}
	return undefined;
}

function optionsIn(file: SourceFile): QueuePlace[] {
	if (!["shell", "powershell", "batch", "yaml", "ini", "dockerfile", "text"].includes(file.language)) return [];
	return file.matches(OPTION).flatMap(({ 1: value, index }): QueuePlace[] => {
		const plain = value!.replaceAll(/\$\{[^}]*\}|\$\w+|%\w+%|%\(\w+\)s/g, "*");
		return isComment(file, index)
			? []
			: [{ values: [plain], how: "names", by: "--task-queue", work: "", file, line: file.lineAt(index), block: "" }];
	});
}

const settings = (tree: Tree): QueuePlace[] =>
	envOf(tree).flatMap(({ name, value, comment, file, line, block }): QueuePlace[] => {
		const counts = QUEUE_NAME.test(name) && !comment && standingOf(file.path) === "live";
		return counts && value !== undefined && value !== ""
			? [{ values: [value], how: "names", by: name, work: "", file, line, block }]
			: [];
	});

/** `GPU_TASK_QUEUE = f"{BASE}@gpu"` */
function constants(tree: Tree): QueuePlace[] {
	const { resolve } = namesOf(tree);
	return tree.in("python", "javascript").flatMap((file) => {
		if (standingOf(file.path) !== "live" || !file.has(/queue/i)) return [];
		return [
			...file.text.matchAll(
				/^[ \t]*(?:export[ \t]+)?(?:const |let )?((?:\w+_)?(?:TASK_)?QUEUE(?:_NAME)?)\b[ \t]*(?::[^=\n]*)?=(?!=)[ \t]*([^\n]+)/gm,
			),
		].flatMap(({ 0: all, 1: name, 2: expression, index }): QueuePlace[] => {
			if (/environ|getenv|process\.env|[Ee]nv\w*\(/.test(expression!) || isComment(file, index)) return [];
			return [
				{
					values: resolve(file, expression!.replace(/\s*(?:#|\/\/).*$/, "").replace(/;\s*$/, "")),
					how: "names",
					by: name!,
					work: "",
					file,
					line: file.lineAt(index + all.search(/\S/)),
					block: "",
				},
			];
		});
	});
}

/** The class that the tree's queue names end in: `cpu`, `gpu`. */
export const SUFFIX = /@([a-z][\w-]*)$/i;

/** Whether two names may be one; `*` stands for anything. */
export function mayMatch(a: string, b: string): boolean {
	if (!a.includes("*") && !b.includes("*")) return a === b;
	const [start, end] = [a.split("*")[0]!, a.slice(a.lastIndexOf("*") + 1)];
	if (!a.includes("*")) return mayMatch(b, a);
	if (b.includes("*")) {
		const [otherStart, otherEnd] = [b.split("*")[0]!, b.slice(b.lastIndexOf("*") + 1)];
		return (
			(start.startsWith(otherStart) || otherStart.startsWith(start)) &&
			(end.endsWith(otherEnd) || otherEnd.endsWith(end))
		);
	}
	return b.length >= start.length + end.length && b.startsWith(start) && b.endsWith(end);
}
