import { posix } from "node:path";
import { standingOf } from "../facts/standing.ts";
import { fileUses, type FileUse } from "../shell/file-uses.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS136",
	scope: "static",
	severity: "error",
	question: "Does something write every file of its own state that a script demands?",
	why: "What wrote it was renamed or taken out: the script ends at its first check, often in the one moment when it is needed, such as a roll-back.",
	example:
		"rollback.sh demands releases/previous.env, and deploy.sh writes releases/next.env and releases/archive/… alone.",
	run(tree) {
		const uses = fileUses(tree);
		const groups = [...Map.groupBy(uses, ({ path }) => path)];
		return {
			looked: `${groups.length} files of scripts`,
			findings: groups.flatMap(([path, all]) => unwritten(tree, path, all, uses)),
		};
	},
} satisfies StaticCheck;

function unwritten(tree: Tree, path: string, own: readonly FileUse[], all: readonly FileUse[]): Found[] {
	const demanded = own.filter(({ how }) => how === "demands");
	const read = own.filter(({ how }) => how === "reads");
	const [first] = [...demanded, ...read];
	const folder = posix.dirname(path);
	if (first === undefined || path.includes("*") || own.some(({ how }) => how === "writes" || how === "other"))
		return [];
	// Without a demand, a test that is passed over says that the file may be absent.
	if (demanded.length === 0) return [];
	if (tree.has(path) || tree.paths.some((one) => one.startsWith(`${folder}/`))) return [];
	const beside = all.filter(({ path: other, how }) => how === "writes" && posix.dirname(other) === folder);
	const known = beside.filter(({ path: other }) => !other.includes("*"));
	if (
		known.length < 2 ||
		all.some(
			(one) => one.how !== "reads" && one.how !== "demands" && one.how !== "tests" && mayBe(one.path, path, folder),
		)
	)
		return [];
	if (isNamedElsewhere(tree, path)) return [];
	const places = [first, ...demanded.slice(0, 1), ...read.slice(0, 2), ...known.slice(0, 2)].map(({ place }) => place);
	const names = [...new Set(beside.map((one) => one.path))].slice(0, 4);
	return [
		{
			message: `${first.place.path} demands ${path}, which nothing writes: what is written there is ${names.join(", ")}`,
			evidence: [
				...new Map(places.map((place) => [`${place.path}:${place.line}`, place])).values(),
			] as unknown as Found["evidence"],
			fix: { say: `write ${path} where the others are written, or read one of them` },
		},
	];
}

/** A computed name of the folder, or the folder as a whole. */
const mayBe = (written: string, path: string, folder: string): boolean =>
	written === folder ||
	(written.includes("*") &&
		new RegExp(
			`^${written
				.split("*")
				.map((part) => RegExp.escape(part))
				.join(".*")}$`,
		).test(path));

/** Code of another language may write it, or a document tells people to. */
function isNamedElsewhere(tree: Tree, path: string): boolean {
	const base = posix.basename(path);
	const makes = new RegExp(
		`(?:>|\\b(?:cp|mv|tee|touch|scp|rsync|install|nano|vim?|editor|create|write|put|copy)\\b)[^\\n|]*${RegExp.escape(base)}`,
		"i",
	);
	return tree.files.some((file) => {
		if (!file.includes(base) || standingOf(file.path) === "history") return false;
		if (file.language === "markdown" || file.language === "env")
			return file.lines.some(
				(line) =>
					line.includes(base) &&
					makes.test(line) &&
					!/`[^`]*\.(?:sh|py|ps1)`\s+(?:writes|keeps|creates|puts|copies)/.test(line),
			);
		return (
			/^(?:python|javascript|powershell|batch)$/.test(file.language) || /\.(?:go|rs|rb|java|cs|php)$/.test(file.path)
		);
	});
}
