import { dockerfileAt } from "../dockerfile/holds.ts";
import { composeFiles } from "../facts/compose-files.ts";
import { composeServices } from "../facts/compose.ts";
import { placeIn } from "../facts/found.ts";
import { dockerfileFor } from "../facts/own-images.ts";
import { unitsOf } from "../data/systemd.ts";
import { clusterOf } from "../kubernetes/manifests.ts";
import { workloadsOf } from "../kubernetes/workloads.ts";
import { parseShell, type Command, type Word } from "../shell/lexer.ts";
import { shellTexts } from "../shell/everywhere.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";
import { runOf } from "../workflows/docker.ts";
import type { Part } from "../workflows/part.ts";

export default {
	code: "TS481",
	scope: "static",
	severity: "error",
	question: "Is the heap that a program may take smaller than the memory of its container?",
	why: "The program does not collect before its heap is full, and the kernel ends it at the limit of the container: with signal 9, and no word in its log.",
	example: "`NODE_OPTIONS=--max-old-space-size=6144` in an image that runs with `mem_limit: 4g`: write 3072.",
	run(tree) {
		if (!tree.files.some((file) => file.has(HEAP))) return { looked: "no heap with a size", findings: [] };
		const limits = [...inCompose(tree), ...inRuns(tree), ...inPods(tree), ...inUnits(tree)];
		const findings = limits.flatMap((one) => larger(tree, one));
		// Of one heap the smallest container is told.
		return {
			looked: `${limits.length} limits of memory`,
			findings: [...Map.groupBy(findings, ({ evidence: [first] }) => JSON.stringify(first)).values()].map(
				([one]) => one!,
			),
		};
	},
} satisfies StaticCheck;

const HEAP = /--max[-_]old[-_]space[-_]size[= ]["']?(\d+)|-Xmx(\d+)([kmgKMG]?)(?![\w])/;

interface Limit {
	/** Of the container. */
	mib: number;
	text: string;
	place: FilePlace;
	/** Lines that may set a heap of its own: its environment and its command. */
	own: readonly { text: string; place: FilePlace }[];
	image: string | undefined;
	dockerfile: string | undefined;
}

const UNITS: Readonly<Record<string, number>> = { "": 2 ** -20, b: 2 ** -20, k: 2 ** -10, m: 1, g: 1024, t: 2 ** 20 };

/** `4g`, `4096M`, `4Gi`, `4294967296` in MiB. */
function mibOf(text: string): number | undefined {
	const [, size, unit] = /^(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b?)$/i.exec(text.trim()) ?? [];
	const scale = unit === undefined ? undefined : UNITS[unit.toLowerCase()];
	return size === undefined || scale === undefined || Number(size) === 0 ? undefined : Number(size) * scale;
}

/** The size in MiB of the heap that a text sets. */
function heapIn(text: string): number | undefined {
	const [all, node, java, unit] = HEAP.exec(text) ?? [];
	if (all === undefined) return undefined;
	return node === undefined ? mibOf(`${java!}${unit === "" ? "b" : unit!}`) : Number(node);
}

function larger(tree: Tree, { mib, text, place, own, image, dockerfile }: Limit): Found[] {
	const path = dockerfile ?? (image === undefined ? undefined : dockerfileFor(tree, image));
	const model = dockerfileAt(tree, path);
	const inImage = model?.steps.filter(({ keyword }) => /^(?:ENV|CMD|ENTRYPOINT)$/.test(keyword)) ?? [];
	const set = [
		...own,
		...inImage.toReversed().map((step) => {
			const at = Math.max(0, step.rest.search(HEAP));
			return { text: step.rest, place: model!.file.placeAt(step.restAt + at) };
		}),
	].find((one) => HEAP.test(one.text));
	const heap = set === undefined ? undefined : heapIn(set.text);
	if (set === undefined || heap === undefined || heap < mib) return [];
	return [
		{
			message: `${set.place.path} lets the heap grow to ${Math.round(heap)} MiB, and ${place.path} gives the container ${text}, ${Math.round(mib)} MiB`,
			evidence: [set.place, place],
			fix: { say: `write ${Math.floor(mib * 0.75)} MiB at most for the heap, or give the container more` },
		},
	];
}

const partsBelow = (part: Part | undefined): Part[] =>
	part === undefined ? [] : [part, ...part.list.flatMap(partsBelow), ...[...part.map.values()].flatMap(partsBelow)];
const texts = (...parts: (Part | undefined)[]): { text: string; place: FilePlace }[] =>
	parts
		.flatMap(partsBelow)
		.flatMap((part) => (part.text === undefined ? [] : [{ text: part.text, place: part.place }]));

function limitAt(part: Part | undefined, more: Pick<Limit, "dockerfile" | "image" | "own">): Limit[] {
	const mib = part?.text === undefined ? undefined : mibOf(part.text);
	return mib === undefined ? [] : [{ mib, text: part!.text!, place: part!.place, ...more }];
}

const inCompose = (tree: Tree): Limit[] => {
	const services = composeServices(tree);
	return composeFiles(tree).flatMap(({ file, services: all }) =>
		[...all].flatMap(([name, part]) => {
			const { image, dockerfile } = services.find((one) => one.file === file && one.name === name) ?? {};
			const own = texts(part.get("environment"), part.get("command"), part.get("entrypoint"));
			const limit = part.get("mem_limit") ?? part.get("deploy", "resources", "limits", "memory");
			return limitAt(limit, { own, image, dockerfile });
		}),
	);
};

/** `docker run --memory`, in scripts and in units of systemd. */
const inRuns = (tree: Tree): Limit[] => [
	...shellTexts(tree).flatMap((script) =>
		RUNS.test(script.text)
			? script.commands.flatMap((command) => inRun(command, ({ start }) => script.place(start)))
			: [],
	),
	...unitsOf(tree).flatMap(({ file, sections }) =>
		sections
			.flatMap(({ options }) => options)
			.filter(({ name, value }) => name === "execstart" && RUNS.test(value))
			.flatMap(({ value, line }) =>
				parseShell(value.replaceAll(/\\\s/g, "  ")).commands.flatMap((command) =>
					inRun(command, ({ text }) => placeIn(file, lineWith(file, line, text))),
				),
			),
	),
];

const RUNS = /\b(?:docker|podman|nerdctl)\b[^]*\s(?:--memory|-m)\b/;

const lineWith = ({ lines }: SourceFile, from: number, text: string): number =>
	Math.max(from, from + lines.slice(from - 1).findIndex((line) => line.includes(text)));

function inRun(command: Command, place: (word: Word) => FilePlace): Limit[] {
	const run = runOf(command);
	const given = run?.options.find(({ name }) => name === "--memory" || name === "-m");
	const mib = given === undefined ? undefined : mibOf(given.text);
	if (run === undefined || mib === undefined) return [];
	const own = [
		...run.options.map(({ text, word, value }) => ({ text, place: place(value ?? word) })),
		...run.args.map((word) => ({ text: word.text, place: place(word) })),
	];
	return [{ mib, text: given!.text, place: place(given!.word), own, image: run.image?.text, dockerfile: undefined }];
}

const inPods = (tree: Tree): Limit[] =>
	workloadsOf(clusterOf(tree)).flatMap(({ containers }) =>
		containers.flatMap((one) =>
			limitAt(one.get("resources", "limits", "memory"), {
				own: texts(one.get("env"), one.get("args"), one.get("command")),
				image: one.get("image")?.text,
				dockerfile: undefined,
			}),
		),
	);

const inUnits = (tree: Tree): Limit[] =>
	unitsOf(tree).flatMap(({ file, sections }) =>
		sections.flatMap(({ options }) => {
			const place = ({ line }: { line: number }): FilePlace => placeIn(file, line);
			const limit = options.find(({ name }) => /^memory(?:max|limit)$/.test(name));
			const mib = limit === undefined ? undefined : mibOf(limit.value);
			if (mib === undefined) return [];
			const own = options
				.filter(({ name }) => /^(?:environment|execstart)$/.test(name))
				.map((one) => ({ text: one.value, place: place(one) }));
			return [
				{
					mib,
					text: limit!.value,
					place: place(limit!),
					own,
					image: undefined,
					dockerfile: undefined,
				},
			];
		}),
	);
