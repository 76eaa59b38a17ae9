import { parseDocument } from "yaml";
import type { SourceFile } from "../tree/source-file.ts";
import { isAside, isTest } from "../tree/aside.ts";
import { once } from "../tree/once.ts";
import type { Tree } from "../tree/tree.ts";
import { isPlainFile } from "../data/plain-yaml.ts";
import { expandsTooFar } from "../data/yaml-aliases.ts";
import { outlineOf } from "./outline.ts";
import { Part } from "../workflows/part.ts";
import { standingOf } from "./standing.ts";

/** One mapping of a file of settings, with the line of each of its keys. */
export interface Mapping {
	file: SourceFile;
	/** Keys above it, the outermost first; an item of a list is `-`. */
	path: readonly string[];
	/** Line of each key, counted from 1. */
	keys: ReadonlyMap<string, number>;
	/** The texts of those keys that have one of one line. */
	texts: ReadonlyMap<string, string>;
}

/** Files whose form is a tool's, not the tree's. */
const OTHERS =
	/(?:^|\/)(?:\.[^/]+|package[^/]*\.json|[^/]*tsconfig[^/]*\.json|jsconfig\.json|composer\.json|deno\.jsonc?|turbo\.json|nx\.json|lerna\.json|biome\.jsonc?|renovate\.json5?|vercel\.json|manifest\.json|openapi[^/]*|swagger[^/]*|[^/]*schema[^/]*|(?:docker-)?compose[^/]*|mkdocs\.ya?ml|Chart\.yaml|values[^/]*\.yaml|kustomization\.ya?ml|pnpm-[^/]*|pyproject\.toml|Cargo\.toml|[^/]*\.webmanifest|locales?|i18n|mypy\.ini|environment\.ya?ml|codecov\.ya?ml|prometheus[^/]*|grafana[^/]*|loki[^/]*|alertmanager[^/]*|otel[^/]*|traefik[^/]*)$|(?:^|\/)(?:\.[^/]+|charts?|helm|k8s|kubernetes|manifests|deploy\/k8s|ansible|playbooks|roles|group_vars|host_vars|locales?|i18n|translations?|dashboards?|grafana|prometheus|data|assets|public|static)\//i;
/** What is longer is data. */
const MOST = 60_000;

/** The mappings of the files of settings in YAML, JSON and TOML that are the tree's own. */
export const mappingsOf = once((tree: Tree): readonly Mapping[] =>
	tree.in("yaml", "json", "toml").flatMap((file) => {
		const { path, text, language } = file;
		const own = standingOf(path) === "live" && !isAside(path) && !isTest(path) && !OTHERS.test(path);
		if (!own || text.length > MOST || file.has(/^(?:apiVersion|kind|swagger|openapi|\$schema):|"\$schema"|\{\{|\{%/m))
			return [];
		return language === "toml" ? tomlIn(file) : (plainIn(file) ?? treeIn(file));
	}),
);

/** Without a parser, where the lines leave no doubt and no alias stands for anything. */
function plainIn(file: SourceFile): Mapping[] | undefined {
	if (file.language !== "yaml" || file.has(/^---|[&*][\w-]+\s*$/m) || !isPlainFile(file)) return undefined;
	const found: Mapping[] = [];
	const open: { keys: Map<string, number>; texts: Map<string, string> }[] = [];
	for (const { path, value, line, block } of outlineOf(file)) {
		const [key, depth] = [path.at(-1)!, path.length - 1];
		open.length = Math.min(open.length, depth + 1);
		if (block || key === "-") continue;
		// Each item of a list has a mapping of its own.
		if (open[depth] === undefined || /^\s*-/.test(file.lines[line - 1]!)) {
			open[depth] = { keys: new Map(), texts: new Map() };
			found.push({ file, path: path.slice(0, -1), ...open[depth] });
		}
		open[depth].keys.set(key, line);
		if (value !== "" && !/^(?:[[{|>]|null$|~$)/.test(value)) open[depth].texts.set(key, value);
	}
	return found;
}

function treeIn(file: SourceFile): Mapping[] {
	const document = parseDocument(file.text, {
		prettyErrors: false,
		uniqueKeys: false,
		merge: true,
		logLevel: "silent",
	});
	if (document.errors.length > 0 || expandsTooFar(document)) return [];
	const found: Mapping[] = [];
	const walk = (part: Part, path: readonly string[]): void => {
		if (part.map.size > 0) {
			const texts = [...part.map].flatMap(([key, { text }]): [string, string][] =>
				text === undefined || text.includes("\n") ? [] : [[key, text]],
			);
			found.push({
				file,
				path,
				keys: new Map([...part.map].map(([key, one]) => [key, one.line])),
				texts: new Map(texts),
			});
		}
		for (const [key, one] of part.map) walk(one, [...path, key]);
		for (const one of part.list) walk(one, [...path, "-"]);
	};
	walk(new Part(file, document, document.contents), []);
	return found;
}

/** Tables with plain keys. */
function tomlIn(file: SourceFile): Mapping[] {
	const tables = new Map<string, { keys: Map<string, number>; texts: Map<string, string> }>();
	let table = "";
	for (const [index, text] of file.lines.entries()) {
		const head = /^\s*\[\[?\s*([\w.-]+)\s*\]\]?/.exec(text)?.[1];
		if (head !== undefined) table = text.includes("[[") ? `${head}.-${index}` : head;
		const [, key, value] = /^\s*([\w-]+)\s*=\s*(.+?)\s*(?:#.*)?$/.exec(text) ?? [];
		if (key === undefined) continue;
		const own = tables.get(table) ?? { keys: new Map<string, number>(), texts: new Map<string, string>() };
		tables.set(table, own);
		own.keys.set(key, index + 1);
		if (!/^[[{]/.test(value!)) own.texts.set(key, value!.replace(/^(["'])(.*)\1$/, "$2"));
	}
	return [...tables].map(([name, own]) => ({ file, path: name === "" ? [] : name.split("."), ...own }));
}
