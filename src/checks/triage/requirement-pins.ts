import { posix } from "node:path";
import { editAt } from "../facts/found.ts";
import { normal } from "../python/distributions.ts";
import { requirementFilesOf, type Requirement, type Requirements } from "../python/requirements.ts";
import { isAside, isSample, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Fix, Found, StaticCheck } from "../triage-check.ts";

interface Stated extends Requirement {
	file: SourceFile;
}

export default {
	code: "TS331",
	scope: "static",
	severity: "warning",
	question: "Is every distribution required once, at one version?",
	why: "Two pins of one distribution cannot both be installed: pip stops, or one image gets another version than the next.",
	example:
		"`temporalio==1.7.0` in requirements.txt and `temporalio==1.8.0` in requirements.gpu.txt: write one version in both.",
	run(tree) {
		const files = requirementFilesOf(tree).filter(
			({ file }) => !isAside(file.path) && !isTest(file.path) && !isSample(file.path),
		);
		const all = [
			...files.flatMap((one) => one.all.map((requirement): Stated => ({ ...requirement, file: one.file }))),
			...inProjects(tree),
		];
		const groups = Map.groupBy(
			all.filter(({ marker }) => marker === ""),
			({ key, file }) => `${projectOf(file.path)}\n${key}`,
		);
		const findings = [...groups.values()].flatMap((same) => [...inOneFile(same), ...betweenFiles(same, files)]);
		return { looked: `${files.length} requirement files`, findings };
	},
} satisfies StaticCheck;

/** Files of different services need not agree: those in one folder, or with its `requirements` folder, must. */
const projectOf = (path: string): string => {
	const folder = posix.dirname(path).replace(/(?:^|\/)requirements$/, "");
	return folder === "" ? "." : folder;
};

function inOneFile(same: readonly Stated[]): Found[] {
	return [...Map.groupBy(same, ({ file }) => file).values()].flatMap(([first, second]): Found[] => {
		if (second === undefined || first!.file.language === "toml") return [];
		const differs = first!.specifier !== second.specifier;
		return [
			{
				message: `${second.file.path} requires ${second.name} twice${differs ? `: ${first!.specifier || "any version"} and ${second.specifier || "any version"}` : ""}`,
				severity: differs ? "error" : "warning",
				evidence: [second.file.place(second.line), first!.file.place(first!.line)],
				fix: { say: "keep one line", ...(isSame(first!, second) ? lineOut(second) : {}) },
			},
		];
	});
}

/** The same words, without a hash or anything else on the lines below. */
function isSame(first: Stated, second: Stated): boolean {
	const [a, b] = [first, second].map(({ file, line }) => file.lines[line - 1]!.replace(/\s+#.*$/, "").trim());
	return a === b && !a!.endsWith("\\");
}

const lineOut = ({ file, line }: Stated): Pick<Fix, "edit"> => editAt(file, file.startOf(line), file.lines[line - 1]!);

function betweenFiles(same: readonly Stated[], files: readonly Requirements[]): Found[] {
	const pins = same.filter(({ specifier }) => /^={2,3}[^*,]+$/.test(specifier));
	const versions = Map.groupBy(pins, ({ specifier }) => versionOf(specifier));
	const byFile = new Set(pins.map(({ file }) => file));
	if (versions.size < 2 || byFile.size < 2) return [];
	const sides = [...versions.values()].toSorted(
		(a, b) => a.length - b.length || a[0]!.specifier.localeCompare(b[0]!.specifier, "en", { numeric: true }),
	);
	const together = pins.some((a) =>
		pins.some((b) => a !== b && a.specifier !== b.specifier && includes(a.file, b.file, files)),
	);
	return [
		{
			message: `${pins[0]!.name} is pinned to ${[...versions.keys()].toSorted().join(" and to ")}`,
			severity: together ? "error" : "warning",
			evidence: sides
				.flat()
				.slice(0, 6)
				.map(({ file, line }) => file.place(line)) as unknown as Found["evidence"],
			fix: { say: `write ${sides.at(-1)![0]!.specifier} here too, if that is the version that was tested` },
		},
	];
}

/** `1.2` and `1.2.0` are one version (PEP 440). */
const versionOf = (specifier: string): string => specifier.replace(/^=+/, "").replace(/(?:\.0)+$/, "");

const includes = (a: SourceFile, b: SourceFile, files: readonly Requirements[]): boolean =>
	files.some(
		({ file, includes: named }) =>
			(file === a && named.some(({ path }) => path === b.path)) ||
			(file === b && named.some(({ path }) => path === a.path)),
	);

/** `dependencies = ["a==1"]` of pyproject.toml. */
function inProjects(tree: Tree): Stated[] {
	return tree
		.in("toml")
		.filter(({ path }) => posix.basename(path) === "pyproject.toml" && !isAside(path))
		.flatMap((file) => {
			const block = /^dependencies\s*=\s*\[([^]*?)^[ \t]*\]|^dependencies\s*=\s*\[([^\]\n]*)\]/m.exec(file.text);
			if (block === null) return [];
			const body = block[1] ?? block[2]!;
			const from = block.index + block[0].indexOf(body);
			return [
				...body.matchAll(/["']([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*((?:[=<>~!][^"';]*)?)\s*(;[^"'\n]*)?["']/g),
			].map(({ 1: name, 2: specifier, 3: marker, index }) => ({
				...{ file, name: name!, key: normal(name!), specifier: specifier!.replaceAll(/\s/g, ""), marker: marker ?? "" },
				line: file.lineAt(from + index),
			}));
		});
}
