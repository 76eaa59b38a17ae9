import { posix } from "node:path";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS397",
	scope: "static",
	severity: "error",
	question: "Is the key of an object made by one rule, wherever it is written and read?",
	why: "One program writes under a key that it puts together itself, another one asks the shared function for it: the object is never found.",
	example:
		"`transcriptKey(id)` gives `transcripts/${id}.json`, and the worker writes `transcripts/${id}/transcript.json`: call the function.",
	run(tree) {
		const rules = rulesIn(tree);
		return {
			looked: `${rules.length} functions that make keys`,
			findings:
				rules.length === 0
					? []
					: tree
							.in("python", "javascript")
							.filter(counts)
							.flatMap((file) => inFile(file, rules)),
		};
	},
} satisfies StaticCheck;

const counts = ({ path, text }: SourceFile): boolean =>
	standingOf(path) === "live" && !isAside(path) && !isTest(path) && text.length < 200_000;

interface Rule {
	name: string;
	/** The key with `*` for what is filled in. */
	shape: string;
	file: SourceFile;
	at: number;
}

const SCRIPT =
	/\bexport\s+(?:const\s+(\w+[kK]ey)\s*=\s*(?:\([^()]*\)|\w+)(?:\s*:\s*\w+)?\s*=>\s*|function\s+(\w+[kK]ey)\s*\([^()]*\)(?:\s*:\s*\w+)?\s*\{\s*return\s+)`([^`\n]+)`/g;
const PYTHON =
	/^def\s+(\w+_key)\([^()]*\)(?:\s*->\s*\w+)?:\s*\n(?:[ \t]+"""[^"]*"""\s*\n)?[ \t]+return\s+f["']([^"'\n]+)["']/gm;

const shapeOf = (template: string): string => template.replaceAll(/\$?\{[^{}]*\}/g, "*");

const rulesIn = (tree: Tree): Rule[] =>
	tree
		.in("python", "javascript")
		.filter((file) => counts(file) && file.has(/[kK]ey\b|_key\(/))
		.flatMap((file) =>
			file.language === "python"
				? file.matches(PYTHON).map(({ 1: name, 2: key, index }) => ({
						name: name!,
						shape: shapeOf(key!),
						file,
						at: index,
					}))
				: file.matches(SCRIPT).map(({ 1: constant, 2: called, 3: key, index }) => ({
						name: (constant ?? called)!,
						shape: shapeOf(key!),
						file,
						at: index,
					})),
		)
		// A folder, something filled in, and an ending.
		.filter(({ shape }) => /^[\w-]+\/[^/]*\*[^]*\.\w{2,5}$/.test(shape));

/** What the function is about: `transcript` of transcriptKey and transcript_key. */
const stemOf = (name: string): string => name.replace(/_?key$/i, "").toLowerCase();

function inFile(file: SourceFile, rules: readonly Rule[]): Found[] {
	return rules.flatMap((rule) => {
		const folder = rule.shape.slice(0, rule.shape.indexOf("/") + 1);
		if (file === rule.file || !file.text.includes(folder)) return [];
		const template = new RegExp(
			`(?<=[\`"'])${RegExp.escape(folder)}(?:[^\`"'\\n{}]|\\$?\\{[^{}\\n]*\\})*(?=[\`"'])`,
			"g",
		);
		return [...file.text.matchAll(template)].flatMap(({ 0: written, index }): Found[] => {
			const shape = shapeOf(written);
			const base = posix.basename(shape);
			const same =
				posix.extname(shape) === posix.extname(rule.shape) && base.toLowerCase().startsWith(stemOf(rule.name));
			if (!shape.includes("*") || !same || rules.some((one) => one.shape === shape) || isComment(file, index))
				return [];
			return [
				{
					message: `${file.path} puts the key ${shape} together, and ${rule.name} of ${rule.file.path} makes ${rule.shape}`,
					evidence: [placeIn(file, file.lineAt(index)), placeIn(rule.file, rule.file.lineAt(rule.at))],
					fix: { say: `call ${rule.name} in ${file.path}` },
				},
			];
		});
	});
}
