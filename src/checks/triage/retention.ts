import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import { shellTexts } from "../shell/everywhere.ts";
import { newestRemoved } from "../shell/newest.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS124",
	scope: "static",
	severity: "error",
	question: "Does a clean-up remove the old and keep the new?",
	why: "With one sign or one option wrong the newest backups are removed each night, and nobody looks before one is needed.",
	example:
		"`$limit = (Get-Date).AddDays($KeepDays)` and `LastWriteTime -lt $limit | Remove-Item`: write AddDays(-$KeepDays).",
	run(tree) {
		const files = tree.in("powershell", "python", "javascript").filter(({ path }) => !isAside(path) && !isTest(path));
		const texts = shellTexts(tree);
		return {
			looked: `${files.length} programs and ${texts.length} pieces of shell code`,
			findings: [...files.flatMap(inFile), ...texts.flatMap(newestRemoved)],
		};
	},
} satisfies StaticCheck;

function inFile(file: SourceFile): Found[] {
	if (file.language === "powershell")
		return file.has(/\bRemove-Item\b|\.Delete\(/i) ? [...byDate(file), ...byCount(file)] : [];
	if (!file.has(/unlink|\bremove\(|rmtree|\.delete\(|rmSync|\brm\(|os\.remove/)) return [];
	return file.has(/\bnow\(|\btime\.time\(/i) ? inCode(file) : [];
}

const AHEAD =
	/^[ \t]*\$(\w+)[ \t]*=[ \t]*(?:\(?Get-Date\)?|\[DateTime\]::(?:Utc)?Now|\$(?:now|today))\.Add(?:Days|Hours|Minutes|Months)\([ \t]*(\$[\w:]+|\d+)[ \t]*\)/gim;
const INLINE =
	/-(lt|le|gt|ge)[ \t]+\(?(?:\(Get-Date\)|\[DateTime\]::(?:Utc)?Now)\.Add(?:Days|Hours|Minutes|Months)\([ \t]*(-?)[ \t]*(\$[\w:]+|\d+)/gi;

/** A limit in the future, or files that are younger than the limit. */
function byDate(file: SourceFile): Found[] {
	const ahead = file.matches(AHEAD).flatMap(({ 0: all, 1: name, 2: by, index }): Found[] => {
		const used = new RegExp(
			`(?:LastWriteTime|CreationTime|LastAccessTime)\\w*[ \\t]+-l[te][ \\t]+\\$${name!}\\b`,
			"i",
		).exec(file.text.slice(index));
		if (used === null || !removesNear(file.text, index + used.index) || isComment(file, index)) return [];
		return [
			{
				message: `${file.path} removes what is older than $${name!}, which lies in the future (${all.trim().split("=")[1]!.trim()}): everything`,
				evidence: [file.placeAt(index + all.search(/\S/)), file.placeAt(index + used.index)],
				fix: { say: `write a minus: (-${by!})` },
			},
		];
	});
	const inline = file.matches(INLINE).flatMap(({ 1: compare, 2: minus, 3: by, index }): Found[] => {
		const older = /^l/i.test(compare!);
		const before = file.text.slice(Math.max(0, index - 60), index);
		if (
			older === (minus === "-") ||
			!/(?:LastWriteTime|CreationTime)\w*[ \t]+$/i.test(before) ||
			!removesNear(file.text, index) ||
			isComment(file, index)
		)
			return [];
		if (!older && !file.has(CLEANS)) return [];
		return [
			{
				message: older
					? `${file.path} removes what is older than a time in the future, in ${by!} from now: everything`
					: `${file.path} removes what is younger than ${by!}, and keeps what is older`,
				evidence: [file.placeAt(index)],
				fix: { say: older ? `write a minus: (-${by!})` : `write -lt for -${compare!}` },
			},
		];
	});
	return [...ahead, ...inline, ...younger(file)];
}

const CLEANS = /older|keep|retention|retain|prune|rotat|clean|expire/i;
const BEHIND =
	/^[ \t]*\$(\w*(?:limit|cut_?off|threshold|oldest|expir\w*|old\w*|before))[ \t]*=[ \t]*(?:\(?Get-Date\)?|\[DateTime\]::(?:Utc)?Now)\.Add(?:Days|Hours|Minutes|Months)\([ \t]*-/gim;

/** `LastWriteTime -gt $limit` where the limit lies in the past. */
const younger = (file: SourceFile): Found[] =>
	file.matches(BEHIND).flatMap(({ 1: name, index }): Found[] => {
		const used = new RegExp(`(?:LastWriteTime|CreationTime)\\w*[ \\t]+-g[te][ \\t]+\\$${name!}\\b`, "i").exec(
			file.text.slice(index),
		);
		const at = used === null ? 0 : index + used.index;
		if (
			used === null ||
			!/^[^\n]*\}?\s*\|\s*(?:ForEach-Object[^|\n]{0,20})?Remove-Item\b/i.test(file.text.slice(at, at + 200)) ||
			!file.has(CLEANS)
		)
			return [];
		return [
			{
				message: `${file.path} removes what is younger than $${name!}, and keeps what is older`,
				evidence: [file.placeAt(at), file.placeAt(index)],
				fix: { say: `write -lt $${name!}` },
			},
		];
	});

/** In the same pipeline, or in the block of an `if`. */
const removesNear = (text: string, at: number): boolean =>
	/\bRemove-Item\b|\.Delete\(\)/i.test(text.slice(at, at + 320));

const SORTED =
	/\bSort-Object\b([^|]*)\|\s*Select-Object\b([^|]*)\|\s*(?:ForEach-Object[^|]{0,20}|%\s*\{\s*)?Remove-Item\b/gi;

/** `Sort-Object LastWriteTime -Descending | Select-Object -First 5 | Remove-Item` */
const byCount = (file: SourceFile): Found[] =>
	file.matches(SORTED).flatMap(({ 1: sort, 2: select, index }): Found[] => {
		if (!/LastWriteTime|CreationTime|\bName\b/i.test(sort!) || isComment(file, index)) return [];
		const descending = /-Desc/i.test(sort!);
		const [, how, count] = /-(First|Last|SkipLast|Skip)[ \t]+(\$[\w.:]+|\d+)/i.exec(select!) ?? [];
		const newest =
			how === undefined ? false : descending ? /^(?:First|SkipLast)$/i.test(how) : /^(?:Last|Skip)$/i.test(how);
		if (!newest || !isKept(file.text, index, count!)) return [];
		const right = descending ? "-Skip" : "-SkipLast";
		return [
			{
				message: `${file.path} removes the newest: sorted ${descending ? "from new to old" : "from old to new"}, it takes \`-${how!} ${count!}\``,
				evidence: [file.placeAt(index)],
				fix: { say: `write Select-Object ${right} ${count!}` },
			},
		];
	});

const isKept = (text: string, at: number, count: string): boolean =>
	/keep|retain|retention|max|backups?$/i.test(count) ||
	/keep|retain|retention|newest|latest|\bold/i.test(text.slice(Math.max(0, at - 400), at));

const NOW =
	/(?:datetime\.(?:datetime\.)?(?:utc)?now\([^)\n]*\)|time\.time\(\)|Date\.now\(\)|pendulum\.now\([^)]*\)|timezone\.now\(\))/
		.source;
const LATER = new RegExp(
	`\\b(\\w*(?:cut_?off|limit|threshold|oldest|expir\\w*|deadline|older|before|since)\\w*)[ \\t]*(?::[^=\\n]+)?=[ \\t]*\\(?${NOW}(?:\\.timestamp\\(\\))?[ \\t]*(\\+)[ \\t]*([^\\n;]{1,80})`,
	"gi",
);

/** `cutoff = now + keep`, and what is older than that goes. */
const inCode = (file: SourceFile): Found[] => [...later(file), ...youngerInCode(file)];

const EARLIER = new RegExp(
	`\\b(\\w*(?:cut_?off|limit|threshold|oldest|expir\\w*|older|before)\\w*)[ \\t]*(?::[^=\\n]+)?=[ \\t]*\\(?${NOW}(?:\\.timestamp\\(\\))?[ \\t]*-`,
	"gi",
);

/** `if mtime > cutoff: unlink` */
const youngerInCode = (file: SourceFile): Found[] =>
	file.matches(EARLIER).flatMap(({ 1: name, index }): Found[] => {
		const rest = file.text.slice(index, index + 900);
		const used = new RegExp(
			`[\\w.)\\]]*(?:mtime|ctime|birthtime|created|modified|last_\\w+|updated)[\\w.()\\[\\]]*[ \\t]*>=?[ \\t]*${name!}\\)*[ \\t]*[:{]?\\s*(?:await[ \\t]+)?(?:\\w+\\.)*(?:unlink|remove|rmtree|delete|rm)\\w*\\(`,
			"i",
		).exec(rest);
		return used === null || isComment(file, index)
			? []
			: [
					{
						message: `${file.path} removes what is younger than ${name!}, and keeps what is older`,
						evidence: [file.placeAt(index + used.index), file.placeAt(index)],
						fix: { say: `write < ${name!}` },
					},
				];
	});

const later = (file: SourceFile): Found[] =>
	file.matches(LATER).flatMap(({ 1: name, 3: by, index }): Found[] => {
		const rest = file.text.slice(index, index + 900);
		const used = new RegExp(
			`[\\w.)\\]]*(?:mtime|ctime|birthtime|created|modified|last_\\w+|updated|age|stat)[\\w.()\\[\\]]*[ \\t]*<=?[ \\t]*${name!}\\b`,
			"i",
		).exec(rest);
		if (
			used === null ||
			!/unlink|remove|rmtree|delete|rmSync|\brm\(/.test(rest.slice(used.index, used.index + 240)) ||
			isComment(file, index)
		)
			return [];
		return [
			{
				message: `${file.path} removes what is older than ${name!}, which lies in the future (now + ${by!.trim().slice(0, 40)}): everything`,
				evidence: [file.placeAt(index), file.placeAt(index + used.index)],
				fix: { say: "write a minus for the plus" },
			},
		];
	});
