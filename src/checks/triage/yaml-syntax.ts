import { parseAllDocuments, visit, type Document, type YAMLError } from "yaml";
import { repeatedKeys } from "../data/yaml-keys.ts";
import { isPlainFile } from "../data/plain-yaml.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Text of another program that only becomes YAML. */
const TEMPLATE = /(?<!\$)\{\{|\{%|<%|^[ \t]*%[A-Z]/m;
/** Written by programs. */
const LOCK = /(?:^|\/)(?:pnpm-lock|conda-lock|pubspec)[^/]*$/;
const LARGEST = 300_000;

export default {
	code: "TS108",
	scope: "static",
	severity: "error",
	question: "Does every YAML file parse, with each key once?",
	why: "A file that does not parse is refused as a whole. Of a key that is there twice, most readers take the last one and say nothing.",
	example: "`ports:` twice in one service of compose.yaml: the first list is lost. Join them.",
	run(tree) {
		// What is wrong in a workflow is told by the checks of workflows.
		const files = tree
			.in("yaml")
			.filter(
				({ path, text }) =>
					!path.startsWith(".github/workflows/") &&
					!isAside(path) &&
					!isTest(path) &&
					!LOCK.test(path) &&
					text.length < LARGEST,
			);
		return { looked: `${files.length} YAML files`, findings: files.flatMap(faultsOf) };
	},
} satisfies StaticCheck;

function faultsOf(file: SourceFile): Found[] {
	if (isPlainFile(file)) return [];
	const documents = documentsIn(file.text);
	if (documents === undefined)
		return [
			{
				message: `${file.path} is nested too deeply for a parser of YAML`,
				evidence: [file.place(1)],
				fix: { say: "leave levels out, or store the data in another form" },
			},
		];
	const [broken] = documents.flatMap((document) => document.errors);
	const twice = broken === undefined ? documents.flatMap(repeatedKeys) : [];
	if ((broken === undefined && twice.length === 0) || file.has(TEMPLATE)) return [];
	if (broken !== undefined)
		return [
			{
				message: `${file.path} is no YAML: ${broken.message.split("\n")[0]!.replace(/\.$/, "")}`,
				evidence: [file.placeAt(startOf(broken, documents))],
				fix: { say: "mend the line: its indentation, its quotes or its colon" },
			},
		];
	return twice.flatMap((error) => duplicate(file, error));
}

/** Undefined: the stack does not suffice. */
function documentsIn(text: string): readonly Document[] | undefined {
	try {
		const documents = parseAllDocuments(text, { prettyErrors: false, uniqueKeys: false, logLevel: "silent" });
		return Array.isArray(documents) ? documents : [];
	} catch (error) {
		if (error instanceof RangeError) return undefined;
		throw error;
	}
}

/** A text without its closing quote is told where it begins, not where the file ends. */
function startOf({ pos: [at], message }: YAMLError, documents: readonly Document[]): number {
	let start = at;
	if (!/closing .*quote/.test(message)) return start;
	for (const document of documents)
		visit(document, {
			Scalar(_, { range }) {
				if (range && range[0] <= at && range[1] >= at - 1) start = range[0];
			},
		});
	return start;
}

function duplicate(file: SourceFile, { pos }: YAMLError): Found[] {
	const line = file.lineAt(pos[0]);
	const [, indent, key] = /^([\s-]*)(["']?[^:"']+["']?)\s*:/.exec(file.lines[line - 1]!) ?? [];
	if (key === undefined || key === "<<") return [];
	const width = indent!.length;
	const same = (text: string) =>
		text.trimStart().replace(/^- /, "").startsWith(`${key}:`) && (/^[\s-]*/.exec(text)?.[0].length ?? 0) === width;
	const first = file.lines.slice(0, line - 1).findLastIndex(same);
	return [
		{
			message: `${file.path} has the key \`${key.trim()}\` twice in one mapping`,
			evidence: [file.place(line), ...(first === -1 ? [] : [file.place(first + 1)])],
			fix: { say: `join the two \`${key.trim()}\`, or delete the one that is wrong` },
		},
	];
}
