import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Side } from "./found.ts";
import { standingOf } from "./standing.ts";

/** A place that states the version of a product of the tree. */
export interface Stated extends Side {
	/** What states it. */
	by: "badge" | "changelog" | "chart" | "file" | "label" | "manifest" | "module";
}

/** The version of one product: its manifest, and every other place of its folder that states it. */
export interface Product {
	name: string;
	stated: readonly Stated[];
}

const VERSION = String.raw`v?(\d+\.\d+(?:\.\d+)?(?:[-.+]?(?:a|alpha|b|beta|rc|dev|post|pre|next|snapshot)[\w.-]*)?)`;
const exact = (before: string, after: string): RegExp => new RegExp(`${before}${VERSION}${after}`);
/** Nobody keeps it: the release puts the true one in. */
const PLACEHOLDER = /^0\.0\.0|^0\.0$|development|SNAPSHOT/;

interface Manifest {
	folder: string;
	name: string;
	side: Stated;
}

/** Of every folder with a manifest that states a version of its own. */
export function productsOf(tree: Tree): Product[] {
	const manifests = tree.files
		.filter(({ path }) => standingOf(path) === "live")
		.flatMap((file) => manifestIn(file) ?? []);
	const folders = Map.groupBy(manifests, ({ folder }) => folder);
	return [...folders].map(([folder, own]) => {
		const names = new Set(own.map(({ name }) => bare(name)));
		const beside = tree.files.flatMap((file) => besideIn(file, folder, names, folders.size));
		return { name: own[0]!.name, stated: [...own.map(({ side }) => side), ...beside] };
	});
}

const bare = (name: string): string =>
	name
		.replace(/^@[^/]*\//, "")
		.toLowerCase()
		.replaceAll(/[-_.]+/g, "_");

function manifestIn(file: SourceFile): Manifest | undefined {
	const slash = file.path.lastIndexOf("/") + 1;
	const [folder, base] = [file.path.slice(0, slash), file.path.slice(slash)];
	const read =
		base === "package.json" ? inPackage(file) : /^(?:pyproject|Cargo)\.toml$/.test(base) ? inToml(file) : undefined;
	if (!read || PLACEHOLDER.test(read.version)) return undefined;
	return { folder, name: read.name, side: { value: read.version, file, line: read.line, weight: 2, by: "manifest" } };
}

interface Read {
	name: string;
	version: string;
	line: number;
}

function inPackage(file: SourceFile): Read | undefined {
	const at = file.lines.findIndex((line) => /^(?:\t| {1,4})"version"\s*:/.test(line));
	const version = exact('"version"\\s*:\\s*"', '"').exec(file.lines[at] ?? "")?.[1];
	const name = /^(?:\t| {1,4})"name"\s*:\s*"([^"]+)"/m.exec(file.text)?.[1];
	// One that is not published often keeps what `npm init` wrote.
	if (version === undefined || name === undefined || (file.has(/"private"\s*:\s*true/) && /^[01]\.0\.0$/.test(version)))
		return undefined;
	return { name, version, line: at + 1 };
}

function inToml(file: SourceFile): Read | undefined {
	let own = false;
	const found: { [K in keyof Read]?: Read[K] | undefined } = {};
	for (const [index, line] of file.lines.entries()) {
		if (line.startsWith("[")) own = /^\[(?:project|package|tool\.poetry)\]/.test(line);
		if (!own) continue;
		found.name ??= /^name\s*=\s*["']([^"']+)["']/.exec(line)?.[1];
		const version = exact("^version\\s*=\\s*[\"']", "[\"']").exec(line)?.[1];
		if (version !== undefined && found.version === undefined) [found.version, found.line] = [version, index + 1];
	}
	return found.name === undefined || found.version === undefined ? undefined : (found as Read);
}

type Rule = readonly [by: Stated["by"], path: RegExp, line: RegExp];
const RULES: readonly Rule[] = [
	["file", /^VERSION(?:\.txt)?$/, exact("^\\s*", "\\s*$")],
	[
		"label",
		/^(?:Docker|Container)file[^/]*$/,
		exact("^\\s*(?:LABEL\\s+)?(?:org\\.opencontainers\\.image\\.version|version)=[\"']?", "[\"']?(?:\\s|\\\\|$)"),
	],
	["badge", /^README[^/]*$/i, exact("img\\.shields\\.io/badge/(?:version|release)-", "-[a-z]+")],
	["changelog", /^CHANGE(?:S|LOG)[^/]*$/i, exact("^##? +(?:\\[|version +|release +)?", "(?:\\]|\\s|$)")],
	[
		"chart",
		/^(?:(?:deploy|charts?|helm)\/)*(?:[\w-]+\/)?Chart\.yaml$/,
		exact("^appVersion:\\s*[\"']?", "[\"']?\\s*(?:#.*)?$"),
	],
];

/** The first line of each kind; of a changelog the newest version. */
function besideIn(file: SourceFile, folder: string, names: ReadonlySet<string>, products: number): Stated[] {
	if (!file.path.startsWith(folder)) return [];
	const path = file.path.slice(folder.length);
	const module = /^(?:src\/)?(\w+)\/(?:__init__|_*version_*|__about__)\.py$/.exec(path)?.[1];
	const rule: Rule | undefined =
		module !== undefined && names.has(bare(module))
			? ["module", /./, exact("^__version__\\s*(?::\\s*\\w+\\s*)?=\\s*[\"']", "[\"']")]
			: RULES.find(([, pattern]) => pattern.test(path));
	if (!rule || ["test", "vendored"].includes(standingOf(file.path))) return [];
	const [by, , pattern] = rule;
	if (by === "chart" && products > 1 && !names.has(bare(/^name:\s*["']?([\w.-]+)/m.exec(file.text)?.[1] ?? "")))
		return [];
	const at = file.lines.findIndex((line) => pattern.test(line));
	const value = pattern.exec(file.lines[at] ?? "")?.[1];
	return value === undefined || PLACEHOLDER.test(value) ? [] : [{ value, file, line: at + 1, by, weight: WEIGHT[by] }];
}

const WEIGHT: Readonly<Record<Stated["by"], number>> = {
	manifest: 2,
	module: 1,
	chart: 1,
	file: 1,
	label: 1,
	changelog: 0,
	badge: 0,
};
