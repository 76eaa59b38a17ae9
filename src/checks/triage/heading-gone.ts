import { anchorsOf, comparable } from "../claims/anchors.ts";
import { folderOf, normal } from "../claims/paths.ts";
import { editOf, placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** `[text](file#anchor)`, and `[name]: file#anchor`. */
const LINK =
	/(?<!\[)\]\(\s*<?([^)\s<>#]{0,500})#([^)\s<>]{1,500})>?(?:\s+["'][^)\n]*)?\)|^ {0,3}\[[^\]\n]+\]:[ \t]*<?([^\s<>#]{0,500})#([^\s<>]{1,500})/gm;
/** Lines of a file, footnotes, the page's own, routes of a page that is a program. */
const OTHER = /^(?:L\d|:~:|fn|user-content-|top$|readme$|start-of-content|!?\/)|[{}$=]/i;
/** A document that is put together by a generator has more headings than its text. */
const INCLUDES = /^\s*(?:\{%|\{!|--8<--|:::\s*(?:include|\w+\.\w)|\{\{|\.\. |```\{)|<!--\s*(?:include|embed)/m;

export default {
	code: "TS455",
	scope: "static",
	severity: "warning",
	question: "Does every link to a heading of a document find it?",
	why: "The heading was renamed or removed: the link opens the top of the page, and the reader looks for the step in vain.",
	example: "`[roll back](runbook.md#rolling-back)` and docs/runbook.md has `## Roll back`; write `#roll-back`.",
	run(tree) {
		const documents = tree.in("markdown").filter(({ path }) => standingOf(path) === "docs");
		return { looked: `${documents.length} documents`, findings: documents.flatMap((file) => inDocument(tree, file)) };
	},
} satisfies StaticCheck;

function inDocument(tree: Tree, file: SourceFile): Found[] {
	if (!file.includes("#")) return [];
	const found = file.matches(LINK).flatMap((match): Found[] => {
		const [, inline, anchor, defined, other] = match;
		const name = decoded((anchor ?? other)!);
		const target = targetOf(tree, file, inline ?? defined ?? "");
		if (!target || OTHER.test(name) || INCLUDES.test(target.text) || !isProse(file, match.index)) return [];
		const anchors = anchorsOf(target);
		return anchors.size === 0 || anchors.has(comparable(name))
			? []
			: [finding(file, match.index, name, target, anchors)];
	});
	return [...new Map(found.map((one) => [one.message, one])).values()];
}

function decoded(anchor: string): string {
	try {
		return decodeURIComponent(anchor);
	} catch {
		return anchor;
	}
}

/** The document of the tree that a link leads to; undefined: an address, a page, a file that is not here. */
function targetOf(tree: Tree, file: SourceFile, path: string): SourceFile | undefined {
	if (path === "") return file;
	const whole = /^[a-z][a-z0-9+.-]*:|^\//i.test(path) ? undefined : normal(folderOf(file) + path);
	const target = whole === undefined ? undefined : tree.file(whole);
	return target?.language === "markdown" ? target : undefined;
}

/** Neither in a block of code nor in a code span. */
function isProse(file: SourceFile, at: number): boolean {
	const start = file.text.lastIndexOf("\n", at) + 1;
	return kindAt(file, at) === "prose" && (file.text.slice(start, at).match(/`/g)?.length ?? 0) % 2 === 0;
}

function finding(file: SourceFile, at: number, name: string, target: SourceFile, anchors: ReadonlySet<string>): Found {
	const line = file.lineAt(at);
	const alike = alikeOf(comparable(name), anchors);
	const where = target === file ? file.path : `${file.path} links to ${target.path}#${name}, and it`;
	return {
		message:
			target === file ? `${file.path} links to its #${name}, and has no such heading` : `${where} has no such heading`,
		evidence: [placeIn(file, line), ...(target === file ? [] : [placeIn(target, 1)])],
		fix:
			alike === undefined
				? { say: `write a heading of ${target.path} that exists, or bring the heading back` }
				: { say: `write #${alike}`, ...editOf(file, line, `#${name}`, `#${alike}`) },
	};
}

/** The one anchor that has all words of the other, or most of them. */
function alikeOf(name: string, anchors: ReadonlySet<string>): string | undefined {
	const words = name.split("-");
	const ranked = [...anchors].map((anchor) => {
		const own = anchor.split("-");
		const shared = words.filter((word) => own.some((one) => one.startsWith(word.slice(0, 4)))).length;
		return { anchor, share: (2 * shared) / (words.length + own.length) };
	});
	const best = ranked.toSorted((a, b) => b.share - a.share);
	return best[0] && best[0].share >= 0.6 && best[0].share > (best[1]?.share ?? 0) ? best[0].anchor : undefined;
}
