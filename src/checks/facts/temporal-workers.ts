import { partsFrom, tongueOf, type Part } from "../calls/arguments.ts";
import { wordsOf } from "../calls/words.ts";
import { bindingsOf, moduleOf } from "../javascript/bindings.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { importsOf } from "../python/imports.ts";
import { moduleFile } from "../python/modules.ts";
import { choicesOf } from "./chosen-values.ts";
import { madeActivities } from "./made-activities.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";

/** A worker of Temporal, as it is made. */
export interface Worker {
	/** The class of its queue: `gpu`. Undefined: nobody can say. */
	queue: string | undefined;
	/** The expression for its queue; empty where nobody says. */
	queueText: string;
	/** It runs workflows. */
	hosts: boolean;
	activities: readonly string[] | undefined;
	file: SourceFile;
	at: number;
}

/** `gpu` of `QUEUES.gpu`, `"clips@gpu"`, `gpu` and `sibling(queue, "gpu")`. */
export const lastWord = (text: string): string | undefined => /(\w+)(?:\(\))?["'`)\]}]*$/.exec(text)?.[1];

export function optionIn(parts: readonly Part[], name: string): Part | undefined {
	const mark = new RegExp(`^${name}\\s*[=:]\\s*`);
	const found = parts.find(({ text }) => mark.test(text));
	if (found === undefined) return undefined;
	const head = mark.exec(found.text)![0].length;
	return { text: found.text.slice(head), at: found.at + head };
}

/** `gpu` of `gpuQueue`, `gpu_task_queue` and `films-gpu`. */
export const classOf = (name: string): string | undefined =>
	wordsOf(name).findLast((word) => !/^(?:tasks?|queues?|names?|workers?|for|of)$/.test(word));

/** `queue = queues.gpu_queue(base)` */
const SIMPLE = /^(?:await\s+)?[\w$.]+(?:\((?:[^()]|\([^()]*\))*\))?$|^["'`][\w@.:/-]+["'`]$/;

/** The expression that a name of the file stands for, where it is given one value alone; otherwise the text itself. */
function assignedTo({ text }: Pick<SourceFile, "text">, expression: string, depth = 0): string {
	if (!/^[A-Za-z_$][\w$]*$/.test(expression) || classIsTold(expression) || depth > 3) return expression;
	const name = RegExp.escape(expression);
	const all = [
		...text.matchAll(
			new RegExp(
				`^[ \\t]*(?:export[ \\t]+)?(?:(?:const|let|var)[ \\t]+)?${name}(?:[ \\t]*:[ \\t]*\\w+)?[ \\t]*=(?!=)[ \\t]*([^\\n]+?);?[ \\t]*(?:#[^\\n]*|//[^\\n]*)?$`,
				"gm",
			),
		),
	].map(([, value]) => value!);
	const [only] = all;
	return all.length !== 1 || !SIMPLE.test(only!) ? expression : assignedTo({ text }, only!, depth + 1);
}

const GENERAL = /^(?:tasks?|queues?|names?|workers?|for|of|get|make|build|by|to|default|own|this|temporal)$/;
const classIsTold = (name: string): boolean => wordsOf(name).some((word) => !GENERAL.test(word));

/** What an expression for a queue calls its class by: `gpu` of `queues.gpu_queue(base)`, `gpu_queue` and `queue_of(base, "gpu")`. */
export function queueWord(file: SourceFile, expression: string): string | undefined {
	const text = assignedTo(file, expression);
	const [, called, given = ""] = /^(?:await\s+)?(?:[\w$]+\.)*([\w$]+)\(([^]*)\)$/.exec(text) ?? [];
	return called !== undefined && classIsTold(called) && !/["'`]/.test(given) ? called : lastWord(text);
}

/** Workers of a file; `classes` are those of the queues that activities go to. */
export function workersIn(tree: Tree, file: SourceFile, classes: ReadonlySet<string>): Worker[] {
	const python = file.language === "python";
	const made = [...file.text.matchAll(python ? /(?<![\w.])Worker\(/g : /\bWorker\.create\(\s*\{/g)].flatMap(
		({ 0: head, index }): Worker[] => {
			const parts = partsFrom(file.text, index + head.length, tongueOf(file))?.parts ?? [];
			const activities =
				optionIn(parts, "activities") ??
				(parts.some(({ text }) => text === "activities") ? { text: "activities", at: index } : undefined);
			if (kindAt(file, index) !== "code") return [];
			const queue = optionIn(parts, python ? "task_queue" : "taskQueue")?.text ?? "";
			const told = [queue, assignedTo(file, queue), activities?.text ?? ""]
				.map((text) => classIn(text, classes))
				.find((one) => one !== undefined);
			const literal = /^["'`][\w@.:/-]+["'`]$/.test(queue) ? classOf(lastWord(queue)!) : undefined;
			const worker: Worker = {
				queue: told ?? literal ?? branchAt(file, index, classes),
				queueText: queue,
				hosts: parts.some(({ text }) => /^(?:workflows|workflowsPath|workflowBundle)\b/.test(text)),
				activities: activities === undefined ? [] : namesIn(tree, file, activities.text),
				file,
				at: index,
			};
			return worker.queue === undefined && activities !== undefined
				? ofEachClass(tree, worker, { parts, activities: activities.text, classes })
				: [worker];
		},
	);
	return made.map((one, at) => ({ ...one, queue: one.queue ?? otherOf(made, at, classes) }));
}

interface Given {
	parts: readonly Part[];
	activities: string;
	classes: ReadonlySet<string>;
}

/** A worker whose queue and whose activities one word decides, once for each class; as it is where that is not known. */
function ofEachClass(tree: Tree, worker: Worker, { parts, activities, classes }: Given): Worker[] {
	const { file, queueText } = worker;
	const choices = choicesOf(file, activities) ?? [];
	const queue = assignedTo(file, queueText);
	const words = new Set(choices.flatMap(({ word }) => word?.toLowerCase() ?? []));
	const left = [...classes].filter((one) => !words.has(one));
	const isDecided = choices.every(({ by }) => new RegExp(`(?<![\\w.])${RegExp.escape(by)}(?![\\w.])`).test(queue));
	if (choices.length === 0 || !isDecided || !words.isSubsetOf(classes)) return [worker];
	const flows = choicesOf(file, optionIn(parts, "workflows")?.text ?? "");
	return choices.map(({ word, text }) => ({
		...worker,
		queue: word?.toLowerCase() ?? (left.length === 1 ? left[0] : undefined),
		hosts: worker.hosts && flows?.find((one) => one.word === word)?.text !== "[]",
		activities: namesIn(tree, file, text),
	}));
}

/** `role === "gpu" ? await Worker.create(`, `if role == "gpu":` */
function branchAt({ text }: SourceFile, at: number, classes: ReadonlySet<string>): string | undefined {
	const before = text.slice(Math.max(0, at - 160), at);
	const word = /(?<!!)(?:===?)\s*["'](\w+)["']\s*\)?\s*[?{:](?:(?!Worker\b|\belse\b)[^?:])*$/.exec(before)?.[1];
	return word !== undefined && classes.has(word.toLowerCase()) ? word.toLowerCase() : undefined;
}

/** Of two workers and two classes the one that is left. */
function otherOf(made: readonly Worker[], at: number, classes: ReadonlySet<string>): string | undefined {
	const known = made[1 - at]?.queue;
	return made.length === 2 && classes.size === 2 && known !== undefined && classes.has(known)
		? [...classes].find((one) => one !== known)
		: undefined;
}

/** The one class that words of an expression name. */
function classIn(text: string, classes: ReadonlySet<string>): string | undefined {
	const words = new Set(text.split(/\W+/).flatMap(wordsOf));
	const found = [...classes].filter((one) => words.has(one));
	return found.length === 1 ? found[0] : undefined;
}

/** The names of a list, a table or a module of activities; undefined where some are not written out. */
function namesIn(tree: Tree, file: SourceFile, text: string): string[] | undefined {
	const inner = /^[[{]([^]*)[\]}]$/.exec(text)?.[1];
	if (inner !== undefined) {
		const parts = inner
			.split(",")
			.map((one) => one.replaceAll(/#[^\n]*|\/\/[^\n]*/g, "").trim())
			.filter((one) => one !== "");
		return parts.every((one) => /^[\w.]+(?:\s*:[^]*)?$/.test(one))
			? parts.map((one) => one.split(":")[0]!.trim().split(".").at(-1)!)
			: undefined;
	}
	const returned = madeActivities(tree, file, text);
	if (returned !== undefined) return returned;
	if (file.language === "python") {
		const made = new RegExp(`^[ \\t]*${RegExp.escape(text)}\\b[^=\\n]*=\\s*(\\[[^\\]]*\\])`, "m").exec(file.text)?.[1];
		return made === undefined ? importedNames(tree, file, text) : namesIn(tree, file, made);
	}
	const module = bindingsOf(tree, file).get(text);
	return module?.name === "*" ? exportsOf(tree, module.file) : undefined;
}

/** A list that another module of Python has: `activities_gpu.ACTIVITIES`, or by its name alone. */
function importedNames(tree: Tree, file: SourceFile, text: string): string[] | undefined {
	const [, owner, name] = /^(?:(\w+)\.)?([A-Za-z_]\w*)$/.exec(text) ?? [];
	const from = importsOf(file).find(({ names }) => names.includes(owner ?? name ?? ""));
	if (name === undefined || from === undefined) return undefined;
	const module = moduleFile(tree, owner === undefined ? from.module : `${from.module}.${owner}`, file.path);
	const made = new RegExp(`^${name}\\b[^=\\n]*=\\s*(\\[[^\\]]*\\])`, "m").exec(module?.text ?? "")?.[1];
	return made === undefined ? undefined : namesIn(tree, module!, made);
}

function exportsOf(tree: Tree, file: SourceFile, depth = 0): string[] | undefined {
	const all = file.matches(/^export\s+\*\s+from\s*["']([^"']+)["']/gm).map(([, specifier]) => {
		const next = moduleOf(tree, file, specifier!);
		return next === undefined || depth > 4 ? undefined : exportsOf(tree, next, depth + 1);
	});
	if (all.includes(undefined)) return undefined;
	const listed = file.matches(/^export\s*\{([^}]*)\}/gm).flatMap(([, list]) =>
		list!.split(",").map((one) =>
			one
				.trim()
				.split(/\s+as\s+/)
				.at(-1)!,
		),
	);
	const made = file.matches(/^export\s+(?:async\s+)?(?:function|const)\s+(\w+)/gm).map(([, name]) => name!);
	return [...all.flatMap((one) => one!), ...listed, ...made];
}
