import { nearest } from "../../system/nearest.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

/** What a test looks for: `getByTestId('x')`, `[data-testid="x"]`. */
const ASKED =
	/\b(?:get|query|find)(?:All)?ByTestId\(\s*["'`]([\w.:-]+)["'`]|\[data-(?:test-?id|test|cy|qa)=\\?["']([\w.:-]+)\\?["']\]/g;
/** What a page gives: `data-testid="x"`, `testID="x"`, `'data-testid': 'x'`. */
const GIVEN = /\b(?:data-(?:test-?id|test|cy|qa)|test-?id)["']?\s*[=:]\s*\{?\s*["'`]([^"'`\n]+)["'`]/gi;
const COMPUTED =
	/\b(?:data-(?:test-?id|test|cy|qa)|test-?id)["']?\s*[=:]\s*\{?\s*(?:`[^`\n]*\$\{|["'][^"'\n]*["']\s*\+)/i;
const PAGE = /\.(?:[cm]?[jt]sx?|vue|svelte|html?|astro|erb|jinja2?|php|twig|hbs|ejs|swift|kt|dart)$/;

export default {
	code: "TS241",
	scope: "static",
	severity: "error",
	question: "Does a page have every test id that a browser test looks for?",
	why: "The test waits for an element that no page has, until its time is over; the page was renamed and the test was not.",
	example: '`getByTestId("login-submit")` and the form has `data-testid="submit-login"`: write one.',
	run(tree) {
		const asking = tree
			.in("javascript")
			.filter((file) => isTest(file.path) && !isAside(file.path) && file.has(/test-?id|data-(?:cy|qa|test)/i));
		const pages =
			asking.length === 0 ? [] : tree.files.filter(({ path }) => PAGE.test(path) && !isTest(path) && !isAside(path));
		const given = new Map<string, FilePlace>();
		for (const file of pages)
			for (const { 1: id, index } of file.matches(GIVEN)) if (!given.has(id!)) given.set(id!, file.placeAt(index));
		const findings = given.size === 0 ? [] : asking.flatMap((file) => inTest(tree, file, pages, given));
		return { looked: `${given.size} test ids of pages`, findings };
	},
} satisfies StaticCheck;

function inTest(
	tree: Tree,
	file: SourceFile,
	pages: readonly SourceFile[],
	given: ReadonlyMap<string, FilePlace>,
): Found[] {
	const seen = new Set<string>();
	return file.matches(ASKED).flatMap(({ 0: all, 1: called, 2: selected, index }): Found[] => {
		const id = (called ?? selected)!;
		if (seen.has(id) || given.has(id) || isComment(file, index)) return [];
		seen.add(id);
		// A test may bring a page of its own; a component may hand a name on under another attribute.
		const named = new RegExp(`["'\`]${RegExp.escape(id)}["'\`]`);
		const own = new RegExp(`(?:test-?id|data-\\w+)["']?\\s*[=:]\\s*\\{?\\s*["'\`]${RegExp.escape(id)}["'\`]`, "i");
		const ofItself = file.text.replaceAll(/\[data-[\w-]+=[^\]]*\]/g, "");
		if (own.test(ofItself) || pages.some(({ text }) => text.includes(id) && named.test(text))) return [];
		const known = [...given.keys()];
		const meant = known.find((one) => sorted(one) === sorted(id)) ?? nearest(id, known, 2);
		if (meant === undefined && (pages.some(({ text }) => COMPUTED.test(text)) || tree.files.length > 3000)) return [];
		return [
			{
				message: `${file.path} looks for the test id ${id}, and no page has it${meant === undefined ? "" : `; there is ${meant}`}`,
				evidence: [file.placeAt(index + all.indexOf(id)), ...(meant === undefined ? [] : [given.get(meant)!])],
				fix: { say: meant === undefined ? `give the element that id, or look for one of the page` : `write ${meant}` },
			},
		];
	});
}

/** The words of an id, in one order. */
const sorted = (id: string): string =>
	id
		.toLowerCase()
		.split(/[-_.:]/)
		.toSorted()
		.join("-");
