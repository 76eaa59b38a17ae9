import { plainJson } from "../data/comments.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Read by programs that allow comments and trailing commas. */
const WITH_COMMENTS =
	/(?:^|\/)(?:[tj]sconfig[^/]*|\.?(?:eslintrc|oxlintrc|swcrc|babelrc|prettierrc|jshintrc|stylelintrc|markdownlint|cspell)[^/]*|(?:biome|deno|turbo|nx|wrangler|renovate|devcontainer|api-extractor|language-configuration|knip|typedoc|angular|lerna|rush|cspell)\.json|[^/]+\.jsonc|[^/]+\.code-workspace)$|(?:^|\/)\.(?:vscode|devcontainer|zed|cursor)\//;
const STRICT = /(?:^|\/)(?:package(?:-lock)?|composer|manifest|launchSettings)\.json$/;
const TEMPLATE = /\{\{|\{%|<%|\$\{\w+\}/;

export default {
	code: "TS109",
	scope: "static",
	severity: "error",
	question: "Does every JSON file parse?",
	why: "One comma too many, and whatever reads the file stops: npm, the model server, the application at its start.",
	example: '`"port": 8000,` before `}`: take the comma out.',
	run(tree) {
		const files = tree.in("json").filter(({ path, text }) => !isAside(path) && !isTest(path) && text.trim() !== "");
		return { looked: `${files.length} JSON files`, findings: files.flatMap(faultOf) };
	},
} satisfies StaticCheck;

function faultOf(file: SourceFile): Found[] {
	const error = errorOf(file.text);
	if (error === undefined) return [];
	if (
		file.has(/}\s*\n\s*\{/) &&
		file.text
			.trim()
			.split(/\n/)
			.every((line) => errorOf(line) === undefined)
	)
		return [];
	const plain = plainJson(file.text);
	const asPlain = errorOf(plain.text);
	if (asPlain === undefined && (WITH_COMMENTS.test(file.path) || (plain.comments && !STRICT.test(file.path))))
		return [];
	if (file.has(TEMPLATE)) return [];
	const { message, at } = WITH_COMMENTS.test(file.path) || plain.comments ? (asPlain ?? error) : error;
	return [
		{
			message: `${file.path} is no JSON: ${message}`,
			evidence: [file.placeAt(at)],
			fix: { say: "mend the line: a comma, a quote or a bracket" },
		},
	];
}

function errorOf(text: string): { message: string; at: number } | undefined {
	try {
		JSON.parse(text);
		return undefined;
	} catch (error) {
		const { message } = error as SyntaxError;
		const at = /at position (\d+)/.exec(message)?.[1];
		// The rest of the message quotes the file and counts characters.
		const said = message
			.replace(/ in JSON at position.*| at position.*|, "[^]*/s, "")
			.replace(/^Unexpected token.*/s, "unexpected character");
		const comma = at === undefined && said === "unexpected character" ? commaTooMany(text) : undefined;
		if (comma !== undefined) return { message: `a comma before \`${comma.before}\``, at: comma.at };
		return {
			message: said.replace(/^[A-Z]/, (letter) => letter.toLowerCase()),
			at: at === undefined ? text.length : Number(at),
		};
	}
}

/** The first comma with nothing behind it; the engine gives no position for it. */
function commaTooMany(text: string): { before: string; at: number } | undefined {
	for (const { 0: part, 1: before, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"|,\s*([\]}])/g))
		if (before !== undefined && !part.startsWith('"')) return { before, at: index };
	return undefined;
}
