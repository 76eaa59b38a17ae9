import { documentRows } from "../claims/tables.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { standingOf } from "./standing.ts";
import { temporalIn } from "./temporal.ts";
import { sentIn } from "./temporal-sent.ts";
import { classOf } from "./temporal-workers.ts";

/** What a table of a document says of a task: the queue that takes it. */
interface Told {
	queue: string;
	/** The class of the queue: `gpu` of `clips@gpu`. */
	kind: string;
	file: SourceFile;
	line: number;
}

/** An entry of a table of the code that sends a task to workers of another class. */
export interface Misrouted {
	task: string;
	queue: string;
	told: Told;
	file: SourceFile;
	line: number;
}

/** `TASKS = { "probe": "cpu", … }` */
const TABLE =
	/[=:(][ \t]*\{((?:\s*["']?[\w.-]+["']?\s*:\s*["']\w+["'](?:\s*,)?(?:[ \t]*(?:#|\/\/)[^\n]*(?=\n))?)+)\s*\}/g;
const ENTRY = /["']?([\w.-]+)["']?\s*:\s*["'](\w+)["']/g;

/** By task, from rows with a cell `base@class` and a cell that lists names; a task of two queues is left out. */
function toldIn(tree: Tree): ReadonlyMap<string, Told> {
	const all = documentRows(tree).flatMap(({ cells, line, file }) => {
		const queues = [...cells.values()].flatMap((cell) => /^([\w.-]+@(\w+))$/.exec(cell)?.slice(1) ?? []);
		const [queue, kind] = queues;
		if (queue === undefined || kind === undefined || queues.length !== 2) return [];
		const lists = [...cells.values()].filter((cell) => /^[\w-]+(?:, ?[\w-]+)+$/.test(cell));
		return lists.flatMap((cell) => cell.split(/, ?/).map((task) => ({ task, told: { queue, kind, file, line } })));
	});
	const byTask = Map.groupBy(all, ({ task }) => task);
	return new Map([...byTask].flatMap(([task, own]) => (own.length === 1 ? [[task, own[0]!.told] as const] : [])));
}

/** Tables of the code whose keys are all tasks of a document, and whose values are all classes of its queues. */
export function misroutedIn(tree: Tree): Misrouted[] {
	const told = toldIn(tree);
	const kinds = new Set([...told.values()].map(({ kind }) => kind));
	if (kinds.size < 2) return [];
	return tree
		.in("python", "javascript")
		.filter(({ path, text }) => standingOf(path) === "live" && text.length < 200_000)
		.flatMap((file) =>
			file.matches(TABLE).flatMap(({ 0: all, 1: body, index }) => {
				const start = index + all.indexOf(body!);
				const entries = [...body!.matchAll(ENTRY)].map((one) => ({
					task: one[1]!,
					queue: one[2]!,
					at: start + one.index,
				}));
				const wrong = entries.filter(({ task, queue }) => told.get(task)?.kind !== queue);
				if (!entries.every(({ task, queue }) => told.has(task) && kinds.has(queue))) return [];
				// Where most differ, the classes of the table are those of something else.
				if (entries.length < 3 || wrong.length * 2 >= entries.length || kindAt(file, index) !== "code") return [];
				return wrong.map(({ task, queue, at }) => ({
					task,
					queue,
					told: told.get(task)!,
					file,
					line: file.lineAt(at),
				}));
			}),
		);
}

/** Activities that a workflow sends to workers of another class than a table of a document says, where that is right about others. */
export function missentIn(tree: Tree): Misrouted[] {
	const told = new Map(
		[...Map.groupBy(documentRows(tree).flatMap(activitiesOf), ({ task }) => task)].flatMap(([task, own]) =>
			own.length === 1 ? [[task, own[0]!.told] as const] : [],
		),
	);
	if (told.size < 3) return [];
	const kinds = new Set([...told.values()].map(({ kind }) => kind));
	const sent = temporalIn(tree)
		.files.filter(({ path }) => standingOf(path) === "live")
		.flatMap(sentIn)
		.flatMap(({ name, queue, file, at }) => {
			const own = told.get(name);
			const kind = queue === undefined ? undefined : (classOf(queue) ?? queue);
			return own === undefined || kind === undefined || !kinds.has(kind)
				? []
				: [{ task: name, queue: kind, told: own, file, line: file.lineAt(at) }];
		});
	const wrong = sent.filter((one) => one.queue !== one.told.kind);
	return wrong.length * 2 < sent.length - wrong.length + 1 ? wrong : [];
}

/** A row with a cell of one queue, `base-class` or `base@class`, below "queue", and a cell of names. */
function activitiesOf({ cells, line, file }: ReturnType<typeof documentRows>[number]): { task: string; told: Told }[] {
	const queue = [...cells].find(([head]) => /queue/.test(head))?.[1] ?? "";
	const kind = /^[\w.-]+[-@](\w+)$/.exec(queue)?.[1];
	const list = [...cells].find(([head]) => /^activit(?:y|ies)$/.test(head))?.[1] ?? "";
	if (kind === undefined || !/^\w+(?:, ?\w+)*$/.test(list)) return [];
	return list.split(/, ?/).map((task) => ({ task, told: { queue, kind, file, line } }));
}
