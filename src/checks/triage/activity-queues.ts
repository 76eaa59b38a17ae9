import { partsFrom, tongueOf, type Part } from "../calls/arguments.ts";
import { wordsOf } from "../calls/words.ts";
import { temporalIn } from "../facts/temporal.ts";
import { standingOf } from "../facts/standing.ts";
import { bindingsOf, moduleOf } from "../javascript/bindings.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS390",
	scope: "static",
	severity: "error",
	question: "Is every activity of Temporal scheduled on a queue whose worker registers it?",
	why: "The worker of that queue gets the task and refuses it, attempt after attempt, until the workflow's time is over.",
	example: "`extract_audio` goes to the gpu queue, and only the worker of the cpu queue registers it.",
	run(tree) {
		const files = temporalIn(tree).files.filter(({ path }) => standingOf(path) === "live");
		const sent = files.flatMap(sentIn);
		const classes = new Set(["cpu", "gpu", ...sent.map(({ queue }) => queue)]);
		const workers = files.flatMap((file) => workersIn(tree, file, classes));
		return { looked: `${sent.length} activities, ${workers.length} workers`, findings: judged(sent, workers) };
	},
} satisfies StaticCheck;

interface Sent {
	name: string;
	/** The class of the queue: the last word of its name, or of the expression for it, that says more than that it is a queue. */
	queue: string;
	file: SourceFile;
	at: number;
}

interface Worker {
	/** The class of its queue: `gpu`. Undefined: nobody can say. */
	queue: string | undefined;
	activities: readonly string[] | undefined;
	file: SourceFile;
	at: number;
}

const EXECUTE = /\bworkflow\.(?:execute|start)_activity(?:_method)?\(/g;
const PROXY = /\bconst\s*\{([^{}]*)\}\s*=\s*proxyActivities\s*(?:<[^()]*?>)?\(\s*\{/g;

function sentIn(file: SourceFile): Sent[] {
	const python = file.language === "python";
	return [...file.text.matchAll(python ? EXECUTE : PROXY)].flatMap(({ 0: head, 1: list, index }): Sent[] => {
		const parts = partsFrom(file.text, index + head.length, tongueOf(file))?.parts ?? [];
		const queue = optionIn(parts, python ? "task_queue" : "taskQueue");
		const word = queue === undefined ? undefined : classWord(lastWord(queue.text));
		if (word === undefined || kindAt(file, index) !== "code") return [];
		const names = python ? [lastWord(parts[0]!.text) ?? ""] : list!.split(",").map((one) => one.split(":")[0]!.trim());
		const at = python ? index : index + head.indexOf("{") + 1;
		return names
			.filter((name) => /^\w+$/.test(name))
			.map((name) => ({
				name,
				queue: word,
				file,
				at: python ? queue!.at : at + Math.max(0, file.text.slice(at).search(new RegExp(`\\b${name}\\b`))),
			}));
	});
}

/** `gpu` of `QUEUES.gpu`, `"clips@gpu"`, `gpu`, `sibling(queue, "gpu")` and `gpu_queue()`. */
const lastWord = (text: string): string | undefined => /(\w+)(?:\(\)|["'`)\]}])*$/.exec(text)?.[1];

/** `gpu` of `gpu_task_queue`; nothing of `task_queue`. */
const classWord = (name: string | undefined): string | undefined =>
	name === undefined ? undefined : wordsOf(name).findLast((word) => !/^(?:task|queue|name|worker)s?$/.test(word));

function optionIn(parts: readonly Part[], name: string): Part | undefined {
	const mark = new RegExp(`^${name}\\s*[=:]\\s*`);
	const found = parts.find(({ text }) => mark.test(text));
	if (found === undefined) return undefined;
	const head = mark.exec(found.text)![0].length;
	return { text: found.text.slice(head), at: found.at + head };
}

function workersIn(tree: Tree, file: SourceFile, classes: ReadonlySet<string>): Worker[] {
	const python = file.language === "python";
	return [...file.text.matchAll(python ? /(?<![\w.])Worker\(/g : /\bWorker\.create\(\s*\{/g)].flatMap(
		({ 0: head, index }): Worker[] => {
			const parts = partsFrom(file.text, index + head.length, tongueOf(file))?.parts ?? [];
			const activities =
				optionIn(parts, "activities") ??
				(parts.some(({ text }) => text === "activities") ? { text: "activities", at: index } : undefined);
			if (kindAt(file, index) !== "code") return [];
			const queue = optionIn(parts, python ? "task_queue" : "taskQueue")?.text ?? "";
			const told = [queue, activities?.text ?? ""]
				.map((text) => classIn(text, classes))
				.find((one) => one !== undefined);
			const literal = /^["'`][\w@.:/-]+["'`]$/.test(queue) ? classWord(lastWord(queue)) : undefined;
			return [
				{
					queue: told ?? literal,
					activities: activities === undefined ? [] : namesIn(tree, file, activities.text),
					file,
					at: index,
				},
			];
		},
	);
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
	if (file.language === "python") {
		const made = new RegExp(`^[ \\t]*${RegExp.escape(text)}\\b[^=\\n]*=\\s*(\\[[^\\]]*\\])`, "m").exec(file.text)?.[1];
		return made === undefined ? undefined : namesIn(tree, file, made);
	}
	const module = bindingsOf(tree, file).get(text);
	return module?.name === "*" ? exportsOf(tree, module.file) : undefined;
}

function exportsOf(tree: Tree, file: SourceFile, depth = 0): string[] | undefined {
	const all = [...file.text.matchAll(/^export\s+\*\s+from\s*["']([^"']+)["']/gm)].map(([, specifier]) => {
		const next = moduleOf(tree, file, specifier!);
		return next === undefined || depth > 4 ? undefined : exportsOf(tree, next, depth + 1);
	});
	if (all.includes(undefined)) return undefined;
	const listed = [...file.text.matchAll(/^export\s*\{([^}]*)\}/gm)].flatMap(([, list]) =>
		list!.split(",").map((one) =>
			one
				.trim()
				.split(/\s+as\s+/)
				.at(-1)!,
		),
	);
	const made = [...file.text.matchAll(/^export\s+(?:async\s+)?(?:function|const)\s+(\w+)/gm)].map(([, name]) => name!);
	return [...all.flatMap((one) => one!), ...listed, ...made];
}

function judged(sent: readonly Sent[], workers: readonly Worker[]): Found[] {
	if (
		workers.some(({ activities, queue }) => activities === undefined || (queue === undefined && activities.length > 0))
	)
		return [];
	return sent.flatMap(({ name, queue: word, file, at }): Found[] => {
		const own = workers.filter((one) => one.queue === word);
		const others = workers.filter((one) => one.queue !== word && one.activities!.includes(name));
		if (own.length === 0 || others.length === 0 || own.some((one) => one.activities!.includes(name))) return [];
		return [
			{
				message: `${name} is scheduled on the ${word} queue, and only the worker of the ${others.map((one) => one.queue!).join(" and ")} queue registers it`,
				evidence: [file.placeAt(at), ...[...own, ...others].map((one) => one.file.placeAt(one.at))],
				fix: {
					say: `schedule ${name} on the ${others[0]!.queue!} queue, or register it with the worker of the ${word} queue`,
				},
			},
		];
	});
}
