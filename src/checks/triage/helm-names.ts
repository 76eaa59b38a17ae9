import { parseAllDocuments } from "yaml";
import { nearest } from "../../system/nearest.ts";
import { editAt } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS470",
	scope: "static",
	severity: "error",
	question: "Does every template of a Helm chart read values and templates that the chart has?",
	why: "A value that is not there renders as nothing, so that what was set is ignored; a template that is not there fails the release.",
	example:
		'`replicas: {{ .Values.replicas }}` and values.yaml says replicaCount. `include "query.selectorLabels"` and only query.labels is defined.',
	run(tree) {
		const charts = tree.files
			.filter(({ path }) => /(?:^|\/)Chart\.yaml$/.test(path))
			.map((file) => chartOf(tree, file));
		const live = charts.filter(
			({ folder }) => standingOf(`${folder}Chart.yaml`) === "live" || folder.startsWith("charts/"),
		);
		return {
			looked: `${live.length} charts of Helm`,
			findings: live.flatMap((one) => [...values(tree, one), ...includes(one)]),
		};
	},
} satisfies StaticCheck;

const withoutComments = (text: string): string =>
	text.replaceAll(/\{\{-?\s*\/\*[^]*?\*\/\s*-?\}\}/g, (all) => all.replaceAll(/[^\n]/g, " "));

interface Chart {
	folder: string;
	templates: readonly SourceFile[];
	/** It has others below it, or fetches some: their values and templates are not all known. */
	dependent: boolean;
	/** It stands within another chart. */
	library: boolean;
}

const INSIDE = /(?:^|\/)templates\/.*\.(?:ya?ml|tpl|txt)$/;

function chartOf(tree: Tree, { path, text }: SourceFile): Chart {
	const folder = path.slice(0, -"Chart.yaml".length);
	const below = tree.files.filter((one) => one.path.startsWith(folder));
	return {
		folder,
		templates: below.filter(
			(one) => INSIDE.test(one.path.slice(folder.length)) && !one.path.startsWith(`${folder}charts/`),
		),
		dependent: /^dependencies:/m.test(text) || below.some((one) => one.path.startsWith(`${folder}charts/`)),
		library:
			/^type:\s*library/m.test(text) ||
			(/(?:^|\/)charts\/[^/]+\/$/.test(folder) && tree.has(folder.replace(/charts\/[^/]+\/$/, "Chart.yaml"))),
	};
}

/** A value of YAML as plain data; `true`: not known. */
type Known = ReadonlyMap<string, Known> | true;

function knownIn(value: unknown): Known {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return true;
	const entries = Object.entries(value);
	return entries.length === 0 ? true : new Map(entries.map(([key, one]) => [key, knownIn(one)]));
}

const merged = (a: Known, b: Known): Known =>
	a === true || b === true
		? true
		: new Map(
				[...new Set([...a.keys(), ...b.keys()])].map((key) => [
					key,
					merged(a.get(key) ?? b.get(key)!, b.get(key) ?? a.get(key)!),
				]),
			);

function valuesOf(tree: Tree, { folder }: Chart): Known | undefined {
	const own = tree.file(`${folder}values.yaml`) ?? tree.file(`${folder}values.yml`);
	if (own === undefined) return undefined;
	const others = tree
		.in("yaml")
		.filter(({ path }) => path !== own.path && /(?:^|[/._-])values[^/]*\.ya?ml$/i.test(path));
	const read = ({ text }: SourceFile): Known[] => {
		const documents = parseAllDocuments(text, { logLevel: "silent", uniqueKeys: false });
		const ok = Array.isArray(documents) && documents.every(({ errors }) => errors.length === 0);
		return ok ? documents.map((one) => knownIn(one.toJS({ maxAliasCount: 50 }))) : [true];
	};
	return [own, ...others].flatMap(read).reduce(merged);
}

/** `{{ .Values.a.b }}` where nothing stands in for it. */
const ACTION = /\{\{-?([^{}]*?\.Values\.[^{}]*?)-?\}\}/g;
const GUARDED =
	/\b(?:default|required|if|with|and|or|not|hasKey|dig|coalesce|ternary|empty|fail|range|get|index|kindIs|typeIs)\b/;

function values(tree: Tree, chart: Chart): Found[] {
	const known = chart.library ? undefined : valuesOf(tree, chart);
	if (known === undefined || known === true) return [];
	const all = chart.templates.map(({ text }) => text).join("\n");
	const reported = new Set<string>();
	return chart.templates.flatMap((file) =>
		[...withoutComments(file.text).matchAll(ACTION)].flatMap(({ 1: inside, index }) =>
			GUARDED.test(inside!)
				? []
				: [...inside!.matchAll(/\.Values((?:\.[A-Za-z_]\w*)+)/g)].flatMap(({ 1: dotted, index: at }): Found[] => {
						const path = dotted!.slice(1).split(".");
						const lost = lostIn(known, path);
						const key = `${file.path} ${dotted!}`;
						if (lost === undefined || reported.has(key) || path[0] === "global" || isTested(all, path)) return [];
						if (chart.dependent && lost.depth === 0) return [];
						reported.add(key);
						return [foundFor(file, file.text.indexOf(`.Values${dotted!}`, index + at - 2), path, lost)];
					}),
		),
	);
}

/** The first part of a path that the values do not have, with those beside it. */
function lostIn(known: Known, path: readonly string[]): { depth: number; beside: string[] } | undefined {
	let at: Known = known;
	for (const [depth, key] of path.entries()) {
		if (at === true) return undefined;
		const next: Known | undefined = at.get(key);
		if (next === undefined) return { depth, beside: [...at.keys()] };
		at = next;
	}
	return undefined;
}

/** A chart that asks whether a value is there knows that it may not be. */
const isTested = (all: string, path: readonly string[]): boolean =>
	new RegExp(`\\{\\{-?[^{}]*${GUARDED.source}[^{}]*\\.Values\\.${RegExp.escape(path.join("."))}(?!\\w)`).test(all);

function foundFor(
	file: SourceFile,
	at: number,
	path: readonly string[],
	{ depth, beside }: { depth: number; beside: string[] },
): Found {
	const word = path[depth]!;
	const meant = nearest(word, beside, 3) ?? beside.find((one) => one.startsWith(word) || word.startsWith(one));
	const whole = path.join(".");
	const right = [...path.slice(0, depth), meant, ...path.slice(depth + 1)].join(".");
	return {
		message: `${file.path} reads .Values.${whole}, and no values file of the tree has it`,
		evidence: [file.placeAt(at)],
		fix: {
			say:
				meant === undefined ? `add ${whole} to values.yaml` : `write .Values.${right}, or add ${whole} to values.yaml`,
			...(meant === undefined ? {} : editAt(file, at, `.Values.${whole}`, `.Values.${right}`)),
		},
	};
}

function includes(chart: Chart): Found[] {
	const defined = chart.templates.flatMap(({ text }) =>
		[...text.matchAll(/\{\{-?\s*(?:define|block)\s+"([^"]+)"/g)].map(([, one]) => one!),
	);
	if (defined.length === 0 && chart.dependent) return [];
	const families = new Set(defined.map((one) => one.split(".")[0]!));
	return chart.templates.flatMap((file) =>
		[...withoutComments(file.text).matchAll(/\b(?:include|template)\s+"([\w./-]+)"/g)].flatMap(
			({ 0: all, 1: name, index }): Found[] => {
				if (defined.includes(name!) || (chart.dependent && !families.has(name!.split(".")[0]!))) return [];
				const meant = nearest(name!, defined, 3);
				return [
					{
						message: `${file.path} includes the template ${name!}, and the chart defines only ${defined.slice(0, 6).join(", ") || "none"}`,
						evidence: [file.placeAt(index)],
						fix: {
							say:
								meant === undefined
									? `define ${name!} in ${chart.folder}templates/_helpers.tpl`
									: `write ${meant}, or define ${name!}`,
							...(meant === undefined ? {} : editAt(file, index + all.indexOf(name!), name!, meant)),
						},
					},
				];
			},
		),
	);
}
