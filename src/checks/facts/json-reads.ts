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
	/** What reads it has a word for its absence: `.kind // empty`. */
	optional: boolean;
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

/** The same, or a name that stands for it. */
const READ_PATH = String.raw`["']?(\$\{?\w+\}?|(?:[\w.-]*\/)*[\w.-]+\.json\b)["']?`;
/** A plain filter, perhaps with a word for what is absent; its quote is the group `quote`, its key the next one. */
const filter = (quote: number): string =>
	`${String.raw`jq[ \t]+(?:-(?!e\b)[rcejMS]+[ \t]+|--raw-output[ \t]+)*(["']?)\.([A-Za-z_]\w*)(?:\.[A-Za-z_]\w*)*(?:[ \t]*\/\/[ \t]*(?:empty|null|"[^"'\n]*"))?`}\\${quote}${String.raw`(?![\w.\[|?"'/])`}`;
/** `Path(…)` of Python, or a name that is given one. */
const OPENED = String.raw`(?:(?:pathlib\.)?Path\(\s*["']([^"'\s]*\.json)["']\s*\)|([A-Z][A-Z0-9_]*))`;
const READS: readonly { pattern: RegExp; path: number; key: number }[] = [
	{ pattern: new RegExp(String.raw`\b${filter(1)}[ \t]+${READ_PATH}`, "g"), key: 2, path: 3 },
	{ pattern: new RegExp(String.raw`\bcat[ \t]+${READ_PATH}[ \t]*\|[ \t]*${filter(2)}`, "g"), path: 1, key: 3 },
	{
		pattern: /readFileSync\(\s*["']([^"'\s]*\.json)["'][^()\n]*\)(?:\.toString\(\))?\s*\)\.([A-Za-z_]\w*)/g,
		path: 1,
		key: 2,
	},
	{
		pattern: /readFileSync\(\s*([A-Z][A-Z0-9_]*)\b[^()\n]*\)(?:\.toString\(\))?\s*\)\.([A-Za-z_]\w*)/g,
		path: 1,
		key: 2,
	},
	{ pattern: /\bjson\.load\(open\(\s*["']([^"'\s]*\.json)["'][^()\n]*\)\)\[["'](\w+)["']\]/g, path: 1, key: 2 },
	{
		pattern:
			/\(\s*Get-Content\s+(?:-Raw\s+|-LiteralPath\s+|-Path\s+)*["']?(\$\w+|[\w./\\-]+\.json)["']?(?:\s+-Raw)?\s*\|\s*ConvertFrom-Json\s*\)\.([A-Za-z_]\w*)/gi,
		path: 1,
		key: 2,
	},
];
/** `json.loads(BUILD_INFO.read_text())["kind"]` */
const IN_PYTHON = new RegExp(
	String.raw`\bjson\.load(?:s\(\s*${OPENED}\.read_(?:text|bytes)\([^()]*\)\s*\)|\(\s*(?:open\(\s*${OPENED}[^()\n]*\)|${OPENED}\.open\([^()]*\))\s*\))(?:\[["'](\w+)["']\](?!\s*=[^=])|\.get\(\s*["'](\w+)["'])`,
	"g",
);
/** `readonly BUILD_INFO=/etc/build.json`, `BUILD_INFO = Path("/etc/build.json")` */
const NAMED =
	/^[ \t]*(?:(?:readonly|export|local|const|let|var|declare(?:[ \t]+-\w+)*)[ \t]+)?\$?(\w+)(?:[ \t]*:[ \t]*[\w.]+)?[ \t]*=[ \t]*(?:(?:pathlib\.)?Path\([ \t]*)?["']?(?:\$\{\w+:?-)?((?:[\w.-]*\/)*[\w.-]+\.json)\}?["']?\)?;?[ \t]*(?:#.*|\/\/.*)?$/gm;
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
		file.matches(pattern).map((one) => ({ text: one[0], path: one[path]!, key: one[key]!, at: one.index })),
	);
	const opened = file.language !== "python" ? [] : file.matches(IN_PYTHON);
	const constant = opened.map((one) => ({
		text: one[7] === undefined ? MAY_LACK : "",
		path: (one[1] ?? one[3] ?? one[5] ?? one[2] ?? one[4] ?? one[6])!,
		key: (one[7] ?? one[8])!,
		at: one.index,
	}));
	return [...direct, ...takenIn(file), ...constant].flatMap(({ text, path, key, at }): JsonRead[] => {
		const real = !path.includes(".") ? pathNamed(file, path.replaceAll(/[${}]/g, "")) : path;
		return real === undefined || isComment(file, at)
			? []
			: [{ path: real, key, optional: text.includes(MAY_LACK), file, at }];
	});
}

const MAY_LACK = " //";

/** Reads from a variable that holds the text of a file. */
function takenIn(file: SourceFile): { text: string; path: string; key: string; at: number }[] {
	const taken = file.language === "shell" || file.language === "yaml" ? file.matches(TAKEN) : [];
	return taken.flatMap(({ 1: name, 2: path }) =>
		[
			...file.text.matchAll(
				new RegExp(
					String.raw`\b${filter(1)}[ \t]*<<<[ \t]*"?\$\{?${name!}\b|(?:echo|printf[ \t]+'%s(?:\\n)?')[ \t]+"?\$\{?${name!}\}?"?[ \t]*\|[ \t]*${filter(3)}`,
					"g",
				),
			),
		].map((one) => ({ text: one[0], path: path!, key: (one[2] ?? one[4])!, at: one.index })),
	);
}

/** The path that a name of the file is given, if it is given nothing else. */
function pathNamed(file: SourceFile, name: string): string | undefined {
	const own = file.matches(NAMED).filter(([, one]) => one === name);
	const given = file.matches(new RegExp(`(?<![\\w.])${name}(?:[ \\t]*:[ \\t]*[\\w.]+)?[ \\t]*=(?!=)`, "g"));
	return own.length === 1 && given.length === 1 ? own[0]![2] : undefined;
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
