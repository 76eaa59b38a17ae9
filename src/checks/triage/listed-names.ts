import { composeServices } from "../facts/compose.ts";
import { editAt, placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { programsOf, supervisorFilesOf } from "../supervisor/programs.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** All names of one kind that a file defines, with their lines. */
interface Names {
	what: string;
	file: SourceFile;
	lines: ReadonlyMap<string, number>;
}

export default {
	code: "TS479",
	scope: "static",
	severity: "error",
	question: "Does a list of all programs, services or queues name those that exist?",
	why: "One was renamed, and a list of them was not: its state is never looked at, it is never started, or somebody waits for it for ever.",
	example:
		'`PROGRAMS = ("api", "gpu-worker", "io-worker")`, and supervisor has api, gpu-worker and cpu-worker: write cpu-worker.',
	run(tree) {
		const all = [...supervised(tree), ...composed(tree), ...tables(tree)].filter(({ lines }) => lines.size > 1);
		const files = all.length === 0 ? [] : tree.files.filter(isLooked);
		// A name of another set, or of a folder of its own, is none that was renamed.
		const known = new Set(all.flatMap(({ lines }) => [...lines.keys()]));
		const isKnown = (name: string): boolean =>
			known.has(name) || tree.paths.some((path) => `/${path}`.includes(`/${name}/`));
		return {
			looked: `${all.length} sets of names`,
			findings: all.flatMap((names) => files.flatMap((file) => inFile(file, names, isKnown))),
		};
	},
} satisfies StaticCheck;

const isLooked = ({ path, language, text }: SourceFile): boolean =>
	(/^(?:python|javascript|powershell|shell|yaml|env|ini|json|toml)$/.test(language) ||
		/(?:^|\/)Makefile$/.test(path)) &&
	text.length < 200_000 &&
	(standingOf(path) === "live" || path.endsWith(".env.example")) &&
	!isAside(path) &&
	!isTest(path);

const supervised = (tree: Tree): Names[] =>
	supervisorFilesOf(tree)
		.filter(({ file }) => !isAside(file.path))
		.map((ini) => ({
			what: "a program of supervisor",
			file: ini.file,
			lines: new Map(programsOf(ini).map(({ name, section }) => [name, section.line])),
		}));

const composed = (tree: Tree): Names[] =>
	[...Map.groupBy(composeServices(tree), ({ file }) => file)]
		.filter(([file]) => !isAside(file.path))
		.map(([file, services]) => ({
			what: "a service",
			file,
			lines: new Map(services.map(({ name, line }) => [name, line])),
		}));

const TABLE =
	/^([ \t]*)(queues|task_queues|taskQueues|programs|services|workers|topics|buckets|streams):[ \t]*(?:#[^\n]*)?\n((?:\1[ \t]*-[^\n]*\n|\1[ \t]+[^\s#-][^\n]*\n|[ \t]*(?:#[^\n]*)?\n)+)/gm;

/** `queues:` with `- name: …` below. */
const tables = (tree: Tree): Names[] =>
	tree.in("yaml").flatMap((file) =>
		standingOf(file.path) !== "live" || isAside(file.path) || !file.has(/- name:/)
			? []
			: [...`${file.text}\n`.matchAll(TABLE)].flatMap(({ 0: all, 2: key, 3: body, index }): Names[] => {
					const start = index + all.length - body!.length;
					const items = [...body!.matchAll(/^[ \t]*-[ \t]+name:[ \t]*["']?([\w.@-]+)["']?[ \t]*$/gm)];
					const lines = new Map(items.map(({ 1: name, index: at }) => [name!, file.lineAt(start + at)]));
					return [{ what: `one of ${key!}`, file, lines }];
				}),
	);

/** To its end: a part of a word is none, and a list of parts would be tried in every way there is. */
const WORD = "[A-Za-z][\\w.@-]*(?![\\w.@-])";
/** `("a", "b")`, `@('a', 'b')`, `[a, b]`; `a,b,c` behind a sign; `(a b c)` and `for x in a b c` of a shell. */
const LISTS = [
	new RegExp(`[(\\[]\\s*(["'\`])${WORD}\\1(?:\\s*,\\s*(["'])${WORD}\\2)+\\s*,?\\s*[)\\]]`, "g"),
	new RegExp(`\\[[ \\t]*${WORD}(?:[ \\t]*,[ \\t]*${WORD})+[ \\t]*\\]`, "g"),
	new RegExp(`(?<=[=:][ \\t]*["']?|:-)${WORD}(?:,[ \\t]?${WORD})+(?=["'}]?[ \\t]*(?:$|[;#)}]))`, "gm"),
	new RegExp(`(?<==[ \\t]*)\\((?:[ \\t]*["']?${WORD}["']?)+[ \\t]*\\)`, "g"),
	new RegExp(`(?<=\\bfor[ \\t]+\\w+[ \\t]+in[ \\t]+)${WORD}(?:[ \\t]+${WORD})+(?=[ \\t]*(?:;|$))`, "gm"),
	new RegExp(`(?<==[ \\t]*["'])${WORD}(?:[ \\t]+${WORD})+(?=["'][ \\t]*$)`, "gm"),
];

function inFile(file: SourceFile, names: Names, isKnown: (name: string) => boolean): Found[] {
	if (file === names.file || ![...names.lines.keys()].some((name) => file.text.includes(name))) return [];
	return LISTS.flatMap((pattern) => [...file.text.matchAll(pattern)]).flatMap(({ 0: all, index }): Found[] => {
		const words = [...all.matchAll(new RegExp(WORD, "g"))];
		const listed = [...new Set(words.map(([word]) => word))];
		const unknown = listed.filter((word) => !names.lines.has(word));
		const missing = [...names.lines.keys()].filter((name) => !listed.includes(name));
		const [stale, meant] = [unknown[0], missing[0]];
		// The list is the set but for one name.
		if (stale === undefined || meant === undefined || unknown.length > 1 || missing.length > 1) return [];
		if (listed.length < 3 && !/^one of (?:task_?queues|queues|topics|streams)$/i.test(names.what)) return [];
		if (!isRenamed(stale, meant) || isKnown(stale) || isComment(file, index)) return [];
		const at = index + words.find(([word]) => word === stale)!.index;
		return [
			{
				message: `${file.path} lists ${stale}, which is no longer ${names.what}: ${names.file.path} has ${meant}`,
				evidence: [placeIn(file, file.lineAt(at)), names.file.place(names.lines.get(meant)!)],
				fix: { say: `write ${meant}`, ...editAt(file, at, stale, meant) },
			},
		];
	});
}

/** One word of several is another one. */
function isRenamed(stale: string, meant: string): boolean {
	const [a, b] = [stale, meant].map((name) => name.toLowerCase().split(/[-_.@:]/));
	const shared = a!.filter((word) => b!.includes(word) && word.length > 1).length;
	return a!.length === b!.length && a!.length > 1 && shared === a!.length - 1;
}
