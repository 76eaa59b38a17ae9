import { posix } from "node:path";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { standingOf } from "./standing.ts";

/** A file of JSON whose uppermost keys are known: as it is in the tree, or as a command writes it. */
export interface JsonFile {
	/** As it is written. */
	path: string;
	keys: readonly string[];
	file: SourceFile;
	at: number;
}

/** Where a key of a file of JSON is read. */
export interface JsonRead {
	path: string;
	key: string;
	file: SourceFile;
	at: number;
}

const PATH = String.raw`["']?((?:[\w.-]*\/)*[\w.-]+\.json)\b["']?`;
const WRITES = new RegExp(
	String.raw`\b(?:printf|echo)[ \t]+(?:-\w+[ \t]+)?(?:'(\{(?:[^'\\]|\\.)*\})(?:\\n)?'|"(\{(?:[^"\\]|\\.)*\})(?:\\n)?")(?:[^\n|;&<>]|\\\r?\n)*>[ \t]*${PATH}`,
	"g",
);
const QUERIED = new RegExp(
	String.raw`\bjq[ \t]+(?:-\w*n\w*|--null-input)\b(?:[^'\n|;&<>]|\\\r?\n)*'(\{[^']*\})'(?:[^\n|;&<>]|\\\r?\n)*>[ \t]*${PATH}`,
	"g",
);
/** Whoever else writes a file of that name: then more may be in it. */
const WRITES_ANY =
	/(?:>>?|\btee[ \t]+(?:-a[ \t]+)?|\b(?:cp|mv|install|COPY|ADD|curl|wget)\b[^\n]*[ \t])[ \t]*["']?(?:[^\s"'<>|;&]*\/)?([\w.-]+\.json)\b/g;
const BY_CODE = /writeFile|json\.dump|write_text|Out-File|Set-Content|outputJson|writeJson/;

/** A plain filter; its quote is the group `quote`, its key the next one. */
const filter = (quote: number): string =>
	`${String.raw`jq[ \t]+(?:-(?!e\b)[rcejMS]+[ \t]+|--raw-output[ \t]+)*(["']?)\.([A-Za-z_]\w*)(?:\.[A-Za-z_]\w*)*`}\\${quote}${String.raw`(?![\w.\[|?"'/])`}`;
const READS: readonly { pattern: RegExp; path: number; key: number }[] = [
	{ pattern: new RegExp(String.raw`\b${filter(1)}[ \t]+${PATH}`, "g"), key: 2, path: 3 },
	{ pattern: new RegExp(String.raw`\bcat[ \t]+${PATH}[ \t]*\|[ \t]*${filter(2)}`, "g"), path: 1, key: 3 },
	{
		pattern: /readFileSync\(\s*["']([^"'\s]*\.json)["'][^()\n]*\)(?:\.toString\(\))?\s*\)\.([A-Za-z_]\w*)/g,
		path: 1,
		key: 2,
	},
	{ pattern: /\bjson\.load\(open\(\s*["']([^"'\s]*\.json)["'][^()\n]*\)\)\[["'](\w+)["']\]/g, path: 1, key: 2 },
	{
		pattern:
			/\(\s*Get-Content\s+(?:-Raw\s+|-LiteralPath\s+|-Path\s+)*["']?([\w./\\-]+\.json)["']?(?:\s+-Raw)?\s*\|\s*ConvertFrom-Json\s*\)\.([A-Za-z_]\w*)/gi,
		path: 1,
		key: 2,
	},
];
/** `info=$(ssh host cat /etc/build-info.json)` */
const TAKEN = new RegExp(String.raw`\b(\w+)=["']?\$\((?:[^()\n]|\\\r?\n)*\bcat[ \t]+${PATH}[ \t]*\)`, "g");

const READERS = /^(?:shell|yaml|dockerfile|javascript|python|powershell|text)$/;
const counts = ({ path, text, language }: SourceFile): boolean =>
	READERS.test(language) && standingOf(path) === "live" && !isAside(path) && !isTest(path) && text.length < 200_000;

/** Reads of uppermost keys, and the files that commands of the tree write and nothing else does. */
export function jsonUses(tree: Tree): { reads: JsonRead[]; written: JsonFile[] } {
	const files = tree.files.filter((file) => counts(file) && file.includes(".json"));
	const reads = files.flatMap(readsIn);
	if (reads.length === 0) return { reads, written: [] };
	const written = files.flatMap(writtenIn);
	const open = new Set(files.flatMap((file) => othersIn(file, written)));
	return { reads, written: written.filter(({ path }) => !open.has(posix.basename(path))) };
}

function readsIn(file: SourceFile): JsonRead[] {
	const direct = READS.flatMap(({ pattern, path, key }) =>
		file.matches(pattern).map((one) => ({ path: one[path]!, key: one[key]!, file, at: one.index })),
	);
	const taken = file.language === "shell" || file.language === "yaml" ? file.matches(TAKEN) : [];
	const later = taken.flatMap(({ 1: name, 2: path }) =>
		[
			...file.text.matchAll(
				new RegExp(
					String.raw`\b${filter(1)}[ \t]*<<<[ \t]*"?\$\{?${name!}\b|(?:echo|printf[ \t]+'%s(?:\\n)?')[ \t]+"?\$\{?${name!}\}?"?[ \t]*\|[ \t]*${filter(3)}`,
					"g",
				),
			),
		].map((one) => ({ path: path!, key: (one[2] ?? one[4])!, file, at: one.index })),
	);
	return [...direct, ...later].filter(({ at }) => !isComment(file, at));
}

const writtenIn = (file: SourceFile): JsonFile[] => [
	...file.matches(WRITES).flatMap(({ 1: single, 2: double, 3: path, index }) => {
		const keys = keysOf((single ?? double!.replaceAll('\\"', '"')).replaceAll("\\n", " "));
		return keys === undefined ? [] : [{ path: path!, keys, file, at: index }];
	}),
	...file.matches(QUERIED).flatMap(({ 1: text, 2: path, index }) => {
		const keys = keysOf(text!);
		return keys === undefined ? [] : [{ path: path!, keys, file, at: index }];
	}),
];

/** Names of files that something in the file writes otherwise. */
function othersIn(file: SourceFile, written: readonly JsonFile[]): string[] {
	const names = [...new Set(written.map(({ path }) => posix.basename(path)))].filter((name) => file.includes(name));
	if (names.length === 0) return [];
	if (BY_CODE.test(file.text)) return names;
	const all = file.matches(WRITES_ANY).map(([, name]) => name!);
	const known = written.filter((one) => one.file === file).map(({ path }) => posix.basename(path));
	return names.filter((name) => all.filter((one) => one === name).length > known.filter((one) => one === name).length);
}

/** The keys of the outermost object, of JSON or of a filter of jq; undefined where it holds more than is written. */
export function keysOf(text: string): string[] | undefined {
	const keys: string[] = [];
	let [depth, expects] = [0, false];
	for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\](),:]|\.\.\.|\$?[A-Za-z_]\w*|\*|\+/g)) {
		if (depth === 1 && expects && /^["$A-Za-z_]/.test(token)) {
			keys.push(token.replaceAll(/^["$]|"$/g, ""));
			expects = false;
		} else if (/^[{[(]$/.test(token)) {
			depth += 1;
			if (depth === 1) expects = true;
			else if (depth === 2 && expects) return undefined;
		} else if (/^[}\])]$/.test(token)) depth -= 1;
		else if (token === "," && depth === 1) expects = true;
		if (depth === 0 && index < text.trimEnd().length - 1 && token === "}") return undefined;
	}
	return keys.length === 0 ? undefined : keys;
}
