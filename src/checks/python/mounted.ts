import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** A route of a router of FastAPI, with what it is included below. */
export interface Mounted {
	file: SourceFile;
	line: number;
	/** What its whole path ends in at least: `/core/health`. */
	ending: string;
}

const INCLUDE = /\binclude_router\(\s*([\w.]+(?:\[[^\][\n]*\])?(?:\.\w+)?)((?:[^()]|\([^()]*\)|\(\))*)\)/g;
/** Programs that know of a path that is taken off before. */
const MOVED = /root_path|--root-path|X-Forwarded-Prefix|StripPrefix|SCRIPT_NAME|ProxyFix|\.mount\(/;

/** The places of a path, when every one of them is below a prefix that is known in part; undefined: nobody can tell. */
export function mountedBelow(tree: Tree, path: string): Mounted[] | undefined {
	const code = tree.in("python").filter((file) => standingOf(file.path) === "live");
	if (code.some((file) => file.has(MOVED))) return undefined;
	const routes = new RegExp(`^@(\\w+)\\.(?:get|head|api_route|route)\\(\\s*["']${RegExp.escape(path)}/?["']`, "gm");
	const found = code.flatMap((file) =>
		file.matches(routes).map(({ 1: router, index }) => ({
			file,
			router: router!,
			line: file.lineAt(index),
		})),
	);
	const all = found.map(({ file, router, line }) => {
		const own = new RegExp(`^${router}\\s*(?::\\s*\\w+\\s*)?=\\s*APIRouter\\(([^()]*)\\)`, "m").exec(file.text)?.[1];
		if (own === undefined) return undefined;
		const below = endingOf(own);
		const prefixes = includesOf(code, file, router);
		if (below === undefined || prefixes === undefined || prefixes.length === 0) return undefined;
		return prefixes.map((prefix): Mounted => ({ file, line, ending: `${prefix}${below}${path}` }));
	});
	return all.length === 0 || all.includes(undefined) ? undefined : all.flatMap((one) => one!);
}

/** The end of a prefix that is written out; empty where there is none, undefined where it is computed. */
function endingOf(options: string): string | undefined {
	if (!/\bprefix\s*=/.test(options)) return "";
	return /\bprefix\s*=\s*f?["'](?:\/[\w-]+|\{[\w.]+\})*?((?:\/[\w-]+)+)\/?["']/.exec(options)?.[1];
}

/** What a router is included below, each time; undefined where one of the calls is not understood. */
function includesOf(code: readonly SourceFile[], { path }: SourceFile, router: string): string[] | undefined {
	const module = path
		.replace(/(?:\/__init__)?\.py$/, "")
		.split("/")
		.at(-1)!;
	const prefixes: (string | undefined)[] = code.flatMap((file) => {
		if (!file.includes("include_router")) return [];
		const imported = new RegExp(
			`\\bfrom\\s+[\\w.]*\\b${module}\\s+import\\s+[^\\n]*?\\b${router}\\b(?:\\s+as\\s+(\\w+))?`,
		).exec(file.text);
		const names = [`${module}.${router}`, ...(imported === null ? [] : [imported[1] ?? router])];
		return file.matches(INCLUDE).flatMap(([, target, options]) => {
			const is = names.some((name) => target === name || target!.endsWith(`.${name}`));
			if (is) return [endingOf(options!)];
			// A router that is looked up may be this one.
			return target!.includes("[") && !/\bprefix\s*=/.test(options!) ? [undefined] : [];
		});
	});
	return prefixes.includes(undefined) ? undefined : prefixes.map((one) => one!);
}
