import { bindingsOf } from "../javascript/bindings.ts";
import { importsOf } from "../python/imports.ts";
import { moduleFile } from "../python/modules.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Defined } from "./temporal.ts";

/** The longest call that an activity waits for between two heartbeats, as far as a limit is written out. */
interface Wait {
	/** Seconds. */
	seconds: number;
	/** The expression of the limit. */
	text: string;
	file: SourceFile;
	at: number;
	/** Where its value stands, if elsewhere. */
	made: { file: SourceFile; at: number } | undefined;
}

const BESIDE =
	/\b(?:create_task|ensure_future|gather|Thread|Timer|to_thread|run_in_executor|setInterval|auto_heartbeat\w*)\b/;
const LIMITED = /\btimeout\s*=\s*([\w.]+)(?=\s*[,)])/g;

/** The text of a function of Python: its lines that are deeper than its head. */
function bodyOf(file: SourceFile, at: number): { text: string; from: number } {
	const line = file.lineAt(at);
	const depth = /^[ \t]*/.exec(file.lines[line - 1]!)![0].length;
	let to = line;
	while (
		to < file.lines.length &&
		(file.lines[to]!.trim() === "" || /^[ \t]*/.exec(file.lines[to]!)![0].length > depth)
	)
		to += 1;
	const from = file.startOf(line + 1);
	return { text: file.text.slice(from, file.startOf(to + 1)), from };
}

/** Undefined where it does not heartbeat by itself, heartbeats beside its work, or no limit can be read. */
export function longestWait(tree: Tree, { file, at }: Pick<Defined, "at" | "file">): Wait | undefined {
	if (file.language !== "python") return undefined;
	const { text, from } = bodyOf(file, at);
	if (!/\bheartbeat\(/.test(text) || BESIDE.test(text)) return undefined;
	const waits = [...text.matchAll(LIMITED)].flatMap(({ 0: all, 1: limit, index }): Wait[] => {
		const value = valueOf(tree, file, limit!);
		return value === undefined ? [] : [{ ...value, text: limit!, file, at: from + index + all.length - limit!.length }];
	});
	return waits.toSorted((a, b) => b.seconds - a.seconds)[0];
}

/** A number, a constant of the file, or the one default of a field of settings: `caption_timeout_s=_int("X", 120)`. */
function valueOf(tree: Tree, file: SourceFile, limit: string): Pick<Wait, "made" | "seconds"> | undefined {
	if (/^\d+(?:\.\d+)?$/.test(limit)) return { seconds: Number(limit), made: undefined };
	const name = limit.split(".").at(-1)!;
	if (/_ms$/i.test(name)) return undefined;
	const set = new RegExp(
		`(?<![\\w.])${RegExp.escape(name)}(?:\\s*:\\s*\\w+)?\\s*=\\s*(?:[\\w.]+\\((?:[^()\\n]*,)?\\s*["']?(\\d+(?:\\.\\d+)?)["']?\\)*|(\\d+(?:\\.\\d+)?))\\s*,?\\s*$`,
		"gm",
	);
	const places = limit.includes(".") ? tree.in("python") : [file];
	const all = places.flatMap((one) =>
		one.includes(name)
			? one.matches(set).map(({ 1: given, 2: plain, index }) => ({ one, index, value: given ?? plain! }))
			: [],
	);
	const [first] = all;
	return first === undefined || all.some(({ value }) => value !== first.value)
		? undefined
		: { seconds: Number(first.value), made: { file: first.one, at: first.index } };
}

/** Whether an activity may heartbeat: its file, or one that it takes in, has the word, or a worker wraps every activity. */
export function mayHeartbeat(tree: Tree, { file }: Pick<Defined, "file">): boolean {
	const word = /heartbeat/i;
	if (word.test(file.text) || tree.in("python", "javascript").some((one) => one.has(/\binterceptors\b/))) return true;
	if (file.language === "javascript")
		return [...bindingsOf(tree, file).values()].some((one) => word.test(one.file.text));
	return importsOf(file).some(({ module, names }) =>
		[module, ...names.map((name) => `${module}.${name}`)].some(
			(one) => one.startsWith(".") || word.test(moduleFile(tree, one, file.path)?.text ?? ""),
		),
	);
}
