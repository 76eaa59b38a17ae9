import type { SourceFile } from "../tree/source-file.ts";
import { planEntries } from "./plan-entries.ts";
import { PATH, searchOf } from "./plan-searches.ts";

/** Something that an entry of PLAN.md says of the tree. */
export interface Claim {
	kind: "absent" | "exists" | "found" | "gone";
	/** Of a file, or of the files that are searched. */
	paths: readonly string[];
	/** Texts of which one is looked for; empty for a file. */
	texts: readonly string[];
	ignoreCase: boolean;
	/** The texts are names: within a longer one they do not count. */
	whole?: true;
	/** Parts of the files, such as services, each of which has the text; empty: the files have it. */
	parts?: readonly string[];
	/** The texts are settings: between their words may stand what a form of settings writes there. */
	setting?: true;
	title: string;
	/** Counted from 1. */
	line: number;
}

const NEWEST = 10;
const NEGATIVE =
	/\b(?:no|not|never|without|nothing|absent|gone|none|zero|removed|deleted|stale|retired)\b|n't\b|no longer/i;

/** What the newest entries say, the newest first; of one file only the newest. Free commands are never run: this reads them. */
export function claimsIn(file: SourceFile): Claim[] {
	const seen = new Set<string>();
	return planEntries(file.text, NEWEST).flatMap((entry) => {
		const lines = entry.text.split(/\r\n|\n|\r/);
		const claims = [...changes(lines), ...settings(lines), ...checks(lines)].map((claim): Claim => ({
			...claim,
			title: entry.title,
			line: entry.line + claim.line,
		}));
		const fresh = claims.filter(({ paths }) => paths.every((path) => !seen.has(path)));
		for (const { 1: path } of entry.text.matchAll(/`([\w./-]+)`/g)) seen.add(path!);
		for (const { paths } of claims) for (const path of paths) seen.add(path);
		return fresh;
	});
}

type Bare = Omit<Claim, "title">;

/** `Removed.`; `Removed the old loop` is about a part of the file. */
const DONE =
	/^[\s:(*-]*(?:(?:is|are|was|were|has been|have been)\s+)?(?:now\s+)?((?:archived|moved|renamed|became|(?:merged|split|folded)\s+into)\b|now(?=\s+`)|→|->|=>|(?:removed|deleted)(?=\s*(?:$|[.;,:()–—-]|(?:because|since|as|in favou?r|entirely|completely|altogether|for good|and replaced)\b)))/i;

/** `, ``b`` and ``c`` `: what is said of the first is said of all. */
const OTHERS = /^(?:\s*(?:,|\+|&|and|,\s*and)\s*`[^`]+`)+/;

/** The files below `- Changes:`; what is said of one as a whole. */
function changes(lines: readonly string[]): Bare[] {
	const start = lines.findIndex((line) => /^(?:-|\*)\s+(?:Changes?|Action)\b.*:\s*$/.test(line));
	const end = lines.findIndex((line, at) => at > start && (line.startsWith("#") || /^(?:-|\*)\s/.test(line)));
	if (start === -1) return [];
	return lines.slice(start + 1, end === -1 ? undefined : end).flatMap((text, index, all): Bare[] => {
		const [, indent, path, rest = ""] = /^(\s+)[-*]\s+`([^`]+)`(.*)$/.exec(text) ?? [];
		if (path === undefined || !PATH.test(path) || !/[./]/.test(path) || path.startsWith(".env") || indent!.length > 4)
			return [];
		const below = all.slice(index + 1);
		const stop = below.findIndex((line) => (/^(\s*)[-*]/.exec(line)?.[1]?.length ?? Infinity) <= indent!.length);
		const said = [rest.replace(OTHERS, ""), ...below.slice(0, stop === -1 ? undefined : stop)].join(" ");
		const done = DONE.exec(said)?.[1]?.toLowerCase();
		const gone = done === "removed" || done === "deleted";
		if (done !== undefined && !gone && !/archive|legacy/.test(path)) return [];
		const line = start + 1 + index;
		const parts = stop === -1 ? below : below.slice(0, stop);
		return [
			{ kind: gone ? "absent" : "exists", paths: [path], texts: [], ignoreCase: false, line },
			...parts.flatMap((part, at) => partOf(path, part, line + 1 + at)),
		];
	});
}

/** ``Removed `nohup`.``, ``Added `WORKER_PORT`.`` below a file: a name that has gone from it, or has come. */
function partOf(path: string, text: string, line: number): Bare[] {
	const [, verb, name, rest] =
		/^\s*[-*]\s+(Removed|Dropped|Deleted|Added)\s+(?:the\s+|an?\s+)?(?:[\w-]+\s+){0,2}?`([\w.@-]{5,60})`(.*)$/.exec(
			text,
		) ?? [];
	if (verb === undefined || !/\.\w+$|file$/i.test(path) || /^[\w-]+\.(?:\w{1,4})$/.test(name!)) return [];
	const added = verb === "Added";
	// What is a word of the language may be meant otherwise, and what is removed of a part may stay in another.
	if (added ? !/[_A-Z0-9-]/.test(name!) : !/^[.,;)]?\s*$/.test(rest!)) return [];
	return [{ kind: added ? "found" : "gone", paths: [path], texts: [name!], ignoreCase: false, whole: true, line }];
}

const CHANGES = /^(?:\*\*|__|#{2,4}[ \t]+|[-*][ \t]+)(?:Changes?|Action)\b[.:]?(?:\*\*|__)?[.:]?[ \t]*$/;
const ITEM = /^\s*[-*]\s+((?:`[^`]+`(?:\s*(?:,|\+|&|and)\s*)?)+):\s+(.*)$/;
/** What follows does not tell that it stands there now. */
const OTHERWISE =
	/\b(?:no|not|never|without|removed?|removes|dropped|drops|deleted|replaced?|replaces|instead|from|was|were|former|old|unless|until|before|renamed|moved|stops?|rejects?|refuses?|ignores?)\b|n't\b|→|->|=>/i;

/** ``- `nginx/edge.conf`: `proxy_read_timeout 300s` in …``: a setting or a name that the file has since. */
function settings(lines: readonly string[]): Bare[] {
	const start = lines.findIndex((line) => CHANGES.test(line.trim()));
	if (start === -1) return [];
	const end = lines.findIndex((line, at) => at > start && /^(?:#|\*\*\w|__\w)/.test(line));
	return lines.slice(start + 1, end === -1 ? undefined : end).flatMap((text, index): Bare[] => {
		const [, head, rest] = ITEM.exec(text) ?? [];
		const paths = [...(head ?? "").matchAll(/`([^`]+)`/g)].map(([, path]) => path!);
		if (rest === undefined || !paths.every((path) => PATH.test(path) && /[./]/.test(path))) return [];
		const texts = statedIn(rest);
		if (texts.length > 0)
			return texts.map((one) => ({
				...{ kind: "found" as const, paths, texts: [one], ignoreCase: false, setting: true as const },
				line: start + 1 + index,
			}));
		const [said, before, literal] =
			/^((?:(?:now|set|sets|the|a|an|program|option|key|line|flag|class|name|port|value|timeout|image|is|to|has|gets|got|added|adds)\s+){0,3})`([^`]+)`/i.exec(
				rest,
			) ?? [];
		const clause = rest.slice(said?.length ?? 0).split(/[.;,](?:\s|$)/)[0]!;
		if (
			said === undefined ||
			OTHERWISE.test(`${before!}${clause}`) ||
			!isDistinct(literal!) ||
			paths.includes(literal!)
		)
			return [];
		const parts = namedIn(FOR.exec(rest.slice(said.length))?.[1] ?? "");
		return [
			{ kind: "found", paths, texts: [literal!], ignoreCase: false, setting: true, parts, line: start + 1 + index },
		];
	});
}

/** ``` `read_timeout` and `send_timeout` of `/v1/` are 180s```: each with the value; a number with a unit behind it says no text. */
function statedIn(rest: string): string[] {
	const [said, names, value] =
		/^((?:(?:the|both)\s+)?`[\w.-]+`(?:(?:\s*,\s*|\s+and\s+|,\s*and\s+)`[\w.-]+`)*)(?:\s+(?:of|for|in)\s+`[^`]+`)?\s+(?:is|are)\s+(?:now\s+)?(?:set\s+to\s+)?`?(\d[\w.]*\w|\d)`?(?=[.,;]?(?:\s|$))/.exec(
			rest,
		) ?? [];
	const behind = said === undefined ? "" : rest.slice(said.length);
	if (
		names === undefined ||
		/^\s+(?:%|[a-zA-Z]+\b(?<!\b(?:in|for|on|and|as|at|by|of)))/.test(behind) ||
		OTHERWISE.test(behind.split(/[.;,](?:\s|$)/)[0]!)
	)
		return [];
	return namedIn(names)
		.filter((name) => /[_-]/.test(name))
		.map((name) => `${name} ${value!}`);
}

/** `` `mem_limit: 6g` for `reader` and `writer` ``: what has the setting. */
const FOR =
	/^\s+(?:for|of|in|on)\s+((?:(?:the|services?|programs?|jobs?)\s+)*`[\w.-]+`(?:(?:\s*,\s*|\s+and\s+|,\s*and\s+)`[\w.-]+`)*)/i;

const namedIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

/** A setting with its value, an option, or a name of several words: what can be nothing but itself. */
const isDistinct = (text: string): boolean =>
	/^[\w./@:=" '-]{5,80}$/.test(text) &&
	(/^[a-zA-Z][\w.-]*(?:\s*[=:]\s*|\s+)["']?[\w./@:-]+["']?$/.test(text)
		? /\d|[=:]|_/.test(text)
		: /^--?[a-z][\w-]+$|^[a-z](?=[a-z0-9]*[-_])[\w-]*\w$|^[A-Z][A-Z\d]*(?:_[A-Z\d]+)+$/i.test(text));

/** `Test-Path`, `test -f` and `rg "literal" files`, with what is expected by the words around them. */
function checks(lines: readonly string[]): Bare[] {
	const start = lines.findIndex((line) => /^(?:#{2,4}\s+|[-*]\s+)Validation\b/.test(line));
	if (start === -1) return [];
	let label = "";
	return lines.slice(start).flatMap((text, index, all): Bare[] => {
		if (index > 0 && /^[-*]\s/.test(text)) label = text;
		const command = /`((?:rg|e?grep|Select-String|Test-Path|test -[ef])\s[^`]+)`/.exec(text)?.[1];
		if (command === undefined) return [];
		const next = /expected|observed|should|returns?/i.test(all[index + 1] ?? "") ? all[index + 1]! : "";
		const around = `${label} ${clauseOf(text, `\`${command}\``, all[index + 1] ?? "")} ${next}`;
		const file = /^(?:Test-Path|test -[ef])\s+["']?([^\s"']+)["']?$/.exec(command)?.[1]?.replaceAll("\\", "/");
		const line = start + index;
		if (file !== undefined)
			return PATH.test(file)
				? [{ kind: NEGATIVE.test(around) ? "absent" : "exists", paths: [file], texts: [], ignoreCase: false, line }]
				: [];
		const search = searchOf(command);
		return search ? [{ kind: NEGATIVE.test(around) ? "gone" : "found", ...search, line }] : [];
	});
}

/** What a sentence says of a command: before it, and behind it up to the end of the clause, perhaps on the next line. */
function clauseOf(text: string, command: string, next: string): string {
	const [before = "", behind = ""] = text.split(command, 2);
	const goesOn = !/[.;]/.test(behind) && !/^\s*(?:[-*#]|$)/.test(next);
	return `${before} ${/^[^.;]*/.exec(goesOn ? `${behind} ${next}` : behind)![0]}`;
}
