import { posix } from "node:path";
import { envOf } from "../facts/env.ts";
import { standingOf } from "../facts/standing.ts";
import { endingIn } from "../launch/resolve.ts";
import { shellTexts, type ShellText } from "../shell/everywhere.ts";
import type { Command } from "../shell/lexer.ts";
import { isAside, isTest } from "../tree/aside.ts";
import { isComment } from "../tree/tokens.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";
import { argumentsOf } from "../workflows/script.ts";

export default {
	code: "TS142",
	scope: "static",
	severity: "error",
	question: "Does envsubst replace what a template wants, and nothing else?",
	why: "Without a list it replaces every `$name`, nginx's own $host and $uri too, by nothing; with a list, a variable that is missing there stays as text.",
	example: "`envsubst < site.conf.template` and the template has `$host`: write `envsubst '${PORT}' < …`.",
	run(tree) {
		const texts = shellTexts(tree).filter(
			({ file, text }) =>
				text.includes("envsubst") && standingOf(file.path) === "live" && !isAside(file.path) && !isTest(file.path),
		);
		const calls = texts.flatMap((script) => script.commands.flatMap((command, at) => callIn(script, command, at)));
		return { looked: `${calls.length} calls of envsubst`, findings: calls.flatMap((call) => judged(tree, call)) };
	},
} satisfies StaticCheck;

interface Call {
	script: ShellText;
	at: number;
	/** The path of the template, as it is written. */
	template: string;
	/** The variables that are listed; undefined without a list. */
	list: readonly string[] | undefined;
}

function callIn(script: ShellText, command: Command, index: number): Call[] {
	const [first, ...rest] = argumentsOf(command);
	if (first?.text !== "envsubst") return [];
	const before = command.before === "|" ? script.commands[index - 1] : undefined;
	const template =
		command.reads[0]?.text ??
		(before?.words[0]?.text === "cat" && before.words.length === 2 ? before.words[1]!.text : undefined);
	const given = rest.filter(({ text }) => !text.startsWith("-"));
	const listed = [...(given[0]?.text ?? "").matchAll(/\$\{?(\w+)\}?/g)].map(([, name]) => name!);
	// A list that is computed, or is the value of a variable.
	const raw = given[0] === undefined ? "" : script.text.slice(given[0].start, given[0].end);
	if (template === undefined || given.length > 1 || (given.length === 1 && !/^'|^"\\\$|^\\\$/.test(raw))) return [];
	return [{ script, at: first.start, template, list: given.length === 0 ? undefined : listed }];
}

function judged(tree: Tree, { script, at, template, list }: Call): Found[] {
	const file = templateOf(tree, template);
	if (file === undefined) return [];
	const used = [...file.text.matchAll(/\$\{?([A-Za-z_]\w*)\}?/g)]
		.filter(({ index }) => !isComment(file, index) && !isCommented(file, index))
		.map(({ 1: name, index }) => ({ name: name!, at: index }));
	const set = new Set(envOf(tree).flatMap(({ how, name, file: by }) => (how === "sets" && by !== file ? [name] : [])));
	const isSet = (name: string): boolean =>
		set.has(name) ||
		new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}=|\\bexport\\b[^\\n]*\\b${name}\\b`, "m").test(script.text);
	if (list === undefined) {
		const own = used.filter(({ name }) => /^[a-z]/.test(name) && !isSet(name));
		const [first] = own;
		if (first === undefined) return [];
		const names = [...new Set(own.map(({ name }) => `$${name}`))].slice(0, 4);
		const wanted = [...new Set(used.map(({ name }) => name))].filter((name) => isSet(name) || /^[A-Z]/.test(name));
		return [
			{
				message: `envsubst has no list of variables, so that it takes ${names.join(", ")} out of ${file.path}, too`,
				evidence: [script.place(at), file.placeAt(first.at)],
				fix: { say: `give it the list: envsubst '${wanted.map((name) => `\${${name}}`).join(" ")}' < ${template}` },
			},
		];
	}
	const left = used.find(({ name }) => /^[A-Z]/.test(name) && !list.includes(name) && isSet(name));
	return left === undefined
		? []
		: [
				{
					message: `${file.path} has \${${left.name}}, which the list of envsubst in ${script.file.path} lacks: it stays as text`,
					evidence: [script.place(at), file.placeAt(left.at)],
					fix: { say: `add \${${left.name}} to the list` },
				},
			];
}

/** The file of the tree that a path of a script means, in the image or in the checkout. */
function templateOf(tree: Tree, path: string): SourceFile | undefined {
	const plain = path.replace(/^(?:\$\{?\w+\}?|\$\([^)]*\))\//, "").replace(/^(?:\.{0,2}\/)+/, "");
	if (plain.includes("$")) return undefined;
	const tails = plain.split("/").map((_, at, parts) => parts.slice(at).join("/"));
	const found = tails
		.map((tail) => tree.file(tail) ?? tree.file(endingIn(tree, tail) ?? ""))
		.find((one) => one !== undefined);
	return found !== undefined && posix.basename(found.path) === posix.basename(plain) ? found : undefined;
}

/** Templates have no language of their own: `#` and `;` begin a comment in most of what they become. */
const isCommented = ({ text }: SourceFile, at: number): boolean =>
	/^[ \t]*[#;]/.test(text.slice(text.lastIndexOf("\n", at) + 1, at));
