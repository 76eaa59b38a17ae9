import { editOf, listed, placeIn, unique, weigh, type Side } from "../facts/found.ts";
import { statedIn } from "../claims/stated-versions.ts";
import { versionsOf, type VersionPlace } from "../facts/versions.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const NAMES = { cuda: "CUDA", go: "Go", node: "Node", python: "Python" } as const;

export default {
	code: "TS461",
	scope: "static",
	severity: "warning",
	question: "Is every tool stated in one version?",
	why: "What was tested is not what runs: packages resolve differently, wheels are missing, syntax is too new.",
	example: '`FROM python:3.11-slim`, and `python-version: "3.12"` in the workflow that tests; write one version.',
	run(tree) {
		const all = versionsOf(tree);
		const findings = [
			...Map.groupBy(all, ({ tool, file }) => `${tool} ${scopeOf(file.path, all, tool)}`).values(),
		].flatMap((own) => [...tooOld(own), ...disagree(own)]);
		findings.push(...documentedTooOld(tree, all), ...documentedOtherwise(tree, all));
		return { looked: `${all.length} places that state a version`, findings };
	},
} satisfies StaticCheck;

/** The folder of the next manifest above; workflows belong to the root. */
function scopeOf(path: string, all: readonly VersionPlace[], tool: string): string {
	const folders = all
		.filter((one) => one.tool === tool && !/Dockerfile|\.github\/|requirements|\.sh$/i.test(one.file.path))
		.map(({ file }) => file.path.slice(0, file.path.lastIndexOf("/") + 1));
	return folders.filter((folder) => path.startsWith(folder)).toSorted((a, b) => b.length - a.length)[0] ?? "";
}

/** `Python 3.9+`, `Node.js 18 or newer`. */
const PROMISED =
	/\b(Python|Node(?:\.js)?)\s*(?:>=\s*|≥\s*)?(\d+(?:\.\d+)?)(?:\.\d+)?\s*(?:\+|or (?:newer|later|higher|above|greater)|and (?:newer|later|up|above))/gi;

/** A README that promises less than the manifest beside it demands. */
function documentedTooOld(tree: Tree, all: readonly VersionPlace[]): Found[] {
	return tree.files.flatMap((file): Found[] => {
		const folder = /^(.*\/)?README(?:\.\w+)?$/i.exec(file.path);
		if (folder === null || file.text.length > 200_000) return [];
		const said = file.matches(PROMISED);
		return said.flatMap(({ 1: name, 2: version, index }): Found[] => {
			// Of several the others are of former versions, or of single features.
			if (said.some((other) => other[1] === name && other[2] !== version)) return [];
			if (!/^[\s>*|#-]*(?=\w).*(?:requir|support|minimum|prerequisite)/i.test(file.lines[file.lineAt(index) - 1]!))
				return [];
			const tool = name!.toLowerCase() === "python" ? "python" : "node";
			const floor = all.find(
				(one) =>
					one.tool === tool &&
					one.least &&
					one.file.path.slice(0, one.file.path.lastIndexOf("/") + 1) === (folder[1] ?? ""),
			);
			const promised = tool === "node" ? version!.split(".")[0]! : version!;
			if (!floor || (tool === "python" && !version!.includes(".")) || order(promised) >= order(floor.version))
				return [];
			const line = file.lineAt(index);
			return [
				{
					message: `${file.path} promises that ${NAMES[tool]} ${promised} is enough, and ${floor.file.path} demands ${floor.version}`,
					evidence: [placeIn(file, line), placeIn(floor.file, floor.line)],
					fix: {
						say: `write ${floor.version} in ${file.path}:${line}`,
						...editOf(file, line, version!, floor.version),
					},
				},
			];
		});
	});
}

/** A version of a README that is none of what the manifests demand, or that is another one than all others. */
const documentedOtherwise = (tree: Tree, all: readonly VersionPlace[]): Found[] =>
	tree.files.flatMap(statedIn).flatMap(({ tool, version, file, line }): Found[] => {
		const own = all.filter((one) => one.tool === tool);
		const folder = file.path.slice(0, file.path.lastIndexOf("/") + 1);
		const floors = own.filter(({ least }) => least);
		const beside = floors.filter((one) => one.file.path.slice(0, one.file.path.lastIndexOf("/") + 1) === folder);
		const [floor] = beside.length > 0 ? beside : new Set(floors.map((one) => one.version)).size === 1 ? floors : [];
		const exact = unique(own.filter(({ least }) => !least));
		const right = new Set(exact.map((one) => one.version));
		const old = floor !== undefined && order(version) < order(floor.version);
		if (!old && (floors.length > 0 || right.size !== 1 || exact.length < 2 || right.has(version))) return [];
		const wanted = old ? floor.version : exact[0]!.version;
		const sides = old ? [floor] : exact.slice(0, 4);
		return [
			{
				message: `${file.path} names ${NAMES[tool]} ${version}, and ${sides[0]!.file.path} ${old ? "demands at least" : "has"} ${wanted}`,
				evidence: [placeIn(file, line), ...sides.map((one) => placeIn(one.file, one.line))],
				fix: { say: `write ${wanted} in ${file.path}:${line}`, ...editOf(file, line, version, wanted) },
			},
		];
	});

const order = (version: string): number => {
	const [major = 0, minor = 0] = version.split(".").map(Number);
	return major * 1000 + minor;
};

/** Something runs below what the manifest demands. */
function tooOld(own: readonly VersionPlace[]): Found[] {
	const floors = own.filter(({ least }) => least);
	return floors.flatMap((floor) => {
		const below = unique(own.filter(({ least, version }) => !least && order(version) < order(floor.version)));
		const [first, ...rest] = below;
		if (!first) return [];
		return [
			{
				message: `${NAMES[first.tool]} ${first.version} is used, and at least ${floor.version} is demanded`,
				evidence: [
					placeIn(first.file, first.line),
					...[...rest, floor].map(({ file, line }) => placeIn(file, line)),
				] as Found["evidence"],
				fix: { say: `write ${floor.version} or newer in ${listed(below)}` },
				severity: "error" as const,
			},
		];
	});
}

/** Exact ones alone; where a workflow tries several, each of them is right. */
function disagree(own: readonly VersionPlace[]): Found[] {
	const tried = new Set(own.filter(({ matrix }) => matrix).map(({ version }) => version));
	const floor = Math.max(0, ...own.filter(({ least }) => least).map(({ version }) => order(version)));
	const exact = own.filter(
		({ least, matrix, version }) => !least && !matrix && !tried.has(version) && order(version) >= floor,
	);
	const sides = exact.map(({ version, file, line }): Side => ({ value: version, file, line }));
	const values = new Set(sides.map(({ value }) => value));
	const stages = new Set(own.filter(({ file }) => /Dockerfile/i.test(file.path)).map(({ file }) => file.path));
	if (
		values.size < 2 ||
		(own[0]!.tool !== "cuda" && stages.size > 0 && new Set(sides.map(({ file }) => file.path)).size === 1)
	)
		return [];
	const { odd, wanted, evidence } = weigh(unique(sides));
	const { tool } = own[0]!;
	if (tool === "cuda" && new Set([...values].map((value) => value.split(".")[0])).size === 1) return [];
	return [
		{
			message: `${NAMES[tool]} is stated as ${[...values].join(" and ")}`,
			evidence,
			fix: { say: `write ${wanted} for ${odd.value} in ${listed([odd])}` },
		},
	];
}
