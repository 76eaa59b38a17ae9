import type { Entry } from "../../plan/document.ts";
import { planEntries } from "../claims/plan-entries.ts";
import { nearest } from "../../system/nearest.ts";
import { PATH } from "../claims/named-paths.ts";
import { isIgnored, isThere } from "../claims/paths.ts";
import { placeIn } from "../facts/found.ts";
import { scriptsOf } from "../javascript/scripts.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Older ones are history: what they name may have gone since. */
const NEWEST = 3;

export default {
	code: "TS438",
	scope: "static",
	severity: "warning",
	question: "Can the steps of the newest entries of PLAN.md be taken: their scripts, targets and programs?",
	why: "A rollback is typed in a hurry: the first command of it fails, and whoever types it has no other.",
	example: "`make rollback` below Rollback, and the Makefile has no such target; write one that exists, or make it.",
	run(tree) {
		const plans = tree.in("markdown").filter(({ path }) => /(?:^|\/)PLAN\.md$/i.test(path) && !isAside(path));
		const steps = plans.flatMap(stepsIn);
		return {
			looked: `${steps.length} lines of ${plans.length} plans`,
			findings: steps.flatMap((one) => lost(tree, one)),
		};
	},
} satisfies StaticCheck;

interface Step {
	file: SourceFile;
	title: string;
	text: string;
	line: number;
	/** What this entry and newer ones say: a part that they take away is told there. */
	told: string;
}

/** The lines below Rollback and Validation, but for those that bring something back from history. */
function stepsIn(file: SourceFile): Step[] {
	const newest = planEntries(file.text, NEWEST);
	return newest.flatMap((entry, at) => linesOf(file, entry, newest.slice(0, at + 1)));
}

function linesOf(file: SourceFile, entry: Entry, newer: readonly Entry[]): Step[] {
	let inside = false;
	const told = newer
		.map(({ text }) => (/^[^]*?(?=^#{2,4}\s+(?:Rollback|Validation)\b)/m.exec(text) ?? [text])[0])
		.join("\n");
	return entry.text.split(/\r\n|\n|\r/).flatMap((text, index): Step[] => {
		const head = /^(?:#{2,4}\s+(\w+)|[-*]\s+(Rollback|Validation|Changes?|Objective|Action|Root)\b.*:)/.exec(text);
		if (head) inside = /^(?:Rollback|Validation)$/i.test((head[1] ?? head[2])!);
		return inside && !BACK.test(text) ? [{ file, title: entry.title, text, line: entry.line + index, told }] : [];
	});
}

const BACK =
	/\b(?:restor|revert|re-?creat|re-?add|bring back|from (?:git )?history|previous commit|git (?:checkout|show|restore|revert)|delet|remov|no longer|absent|gone|no match|not exist|rg|grep|Test-Path|test -[ef])/i;

function lost(tree: Tree, step: Step): Found[] {
	const found = (what: string, say: string): Found => ({
		message: `${step.file.path} has a step \`${what}\` in its entry "${step.title}", and ${say.split(": ")[0]!}`,
		evidence: [placeIn(step.file, step.line)],
		fix: { say: say.split(": ")[1]! },
	});
	const code = [...step.text.matchAll(/`([^`]+)`/g)].map(([, inside]) => inside!);
	return code.flatMap((command) => [
		...paths(tree, step, command).map((path) => {
			const beside = tree.paths.filter((one) => one.startsWith(`${path.split("/")[0]!}/`));
			const meant = nearest(path, beside, 5);
			return found(
				command,
				`${path} is not in the tree: ${meant === undefined ? "make it, or write what took its place" : `write ${meant}, or make ${path}`}`,
			);
		}),
		...targets(tree, command).map(({ name, known }) =>
			found(
				command,
				`no Makefile has the target ${name}: write one that exists, or make it (there are ${known.join(" ")})`,
			),
		),
		...scripts(tree, command).map(({ name, known }) =>
			found(
				command,
				`no package.json has the script ${name}: write one that exists, or make it (there are ${known.join(" ")})`,
			),
		),
	]);
}

function paths(tree: Tree, { file, told }: Step, command: string): string[] {
	return [...command.matchAll(PATH)].flatMap(({ 1: written, index }) => {
		const path = written!.replaceAll("\\", "/").replace(/^\.\//, "");
		const top = path.split("/")[0]!;
		const made = /(?:>|-o|--out(?:put)?|--file|-f|tee)[ =]*$/.test(command.slice(0, index));
		if (made || !/\.(?:sh|bash|ps1|py|cmd|bat|[cm]?[jt]s|ya?ml|conf)$/i.test(path)) return [];
		if (!tree.has(top) || isThere(tree, file, path) || isIgnored(tree, path) || told.includes(path)) return [];
		return /\bcd\s|:/.test(command.slice(0, index)) ? [] : [path];
	});
}

function targets(tree: Tree, command: string): { name: string; known: string[] }[] {
	const makefiles = tree.files.filter(({ path }) => /(?:^|\/)(?:GNU)?[Mm]akefile$|\.mk$/.test(path) && !isAside(path));
	const name = /^make\s+(?:[A-Z_]+=\S+\s+)*([a-z][\w-]*)(?=\s|$)/.exec(command)?.[1];
	if (
		name === undefined ||
		makefiles.length === 0 ||
		makefiles.some((file) => file.has(/^-?include\s+(?!\.env)|^%|^\$\(/m))
	)
		return [];
	const known = makefiles
		.flatMap(({ text }) => [...text.matchAll(/^([\w./ -]+?)\s*:(?!=)/gm)].flatMap(([, names]) => names!.split(/\s+/)))
		.filter((one) => !one.startsWith("."));
	return known.includes(name) || known.length === 0 ? [] : [{ name, known: known.slice(0, 8) }];
}

function scripts(tree: Tree, command: string): { name: string; known: string[] }[] {
	const name = /^(?:npm|pnpm|yarn|bun) run ([\w:.-]+)/.exec(command)?.[1];
	const manifests = tree.files.filter(({ path }) => /(?:^|\/)package\.json$/.test(path) && !isAside(path));
	const known = manifests.flatMap(scriptsOf).map((one) => one.name);
	return name === undefined || known.length === 0 || known.includes(name) ? [] : [{ name, known: known.slice(0, 8) }];
}
