import { posix } from "node:path";
import { madeFrom, outputsOf, type Output } from "../javascript/outputs.ts";
import { placeIn } from "../facts/found.ts";
import { launchesOf } from "../launch/launches.ts";
import { isSample, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS337",
	scope: "static",
	severity: "error",
	question: "Does the TypeScript compiler make every file that an image, a compose file or a package starts?",
	why: "The build passes, and the container ends with `Cannot find module`: the sources have another name or folder than the start says.",
	example: "`command: node dist/worker/main.js` and the source is src/worker.ts: start dist/worker.js.",
	run(tree) {
		const outputs = outputsOf(tree);
		const starts = outputs.length === 0 ? [] : startsOf(tree);
		const findings = starts.flatMap((start) => gone(tree, outputs, start));
		const unique = new Map(findings.map((one) => [one.message, one]));
		return {
			looked: `${starts.length} starts, ${outputs.length} folders that TypeScript is compiled to`,
			findings: [...unique.values()],
		};
	},
} satisfies StaticCheck;

interface Start {
	/** As it is written. */
	name: string;
	file: SourceFile;
	line: number;
	/** The package that starts it, where that is known. */
	folder?: string;
}

function startsOf(tree: Tree): Start[] {
	const launched = launchesOf(tree).filter(
		({ kind, name, file }) =>
			kind === "script" && /\.[cm]?js$/.test(name) && !isTest(file.path) && !isSample(file.path),
	);
	return [
		...launched.map(({ name, file, line, by }) => ({
			name,
			file,
			line,
			...(by === "npm" ? { folder: posix.dirname(file.path).replace(/^\.$/, "") } : {}),
		})),
		...tree.files.filter(({ path }) => /(?:^|\/)package\.json$/.test(path)).flatMap(mainsOf),
	];
}

/** `main`, `bin` and `exports` of a package, each path once. */
function mainsOf(file: SourceFile): Start[] {
	const { text } = file;
	const value = parsed(text);
	const named = ["main", "module", "bin", "exports"].flatMap((key) =>
		pathsIn(value[key]).map((name) => ({ key, name })),
	);
	const folder = posix.dirname(file.path).replace(/^\.$/, "");
	return [...new Map(named.map((one) => [one.name, one])).values()]
		.filter(({ name }) => /\.[cm]?js$/.test(name) && !name.includes("*"))
		.map(({ key, name }) => {
			const at = text.indexOf(JSON.stringify(name), Math.max(0, text.indexOf(`"${key}"`)));
			return { name, file, line: file.lineAt(Math.max(0, at)), folder };
		});
}

function parsed(text: string): Record<string, unknown> {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
	} catch {
		return {};
	}
}

/** What stands below a key, types and sources left out. */
const pathsIn = (value: unknown): string[] =>
	typeof value === "string"
		? [value]
		: typeof value === "object" && value !== null
			? Object.entries(value).flatMap(([key, below]) =>
					/^(?:types|typings|source|browser)$/.test(key) ? [] : pathsIn(below),
				)
			: [];

function gone(tree: Tree, all: readonly Output[], { name, file, line, folder }: Start): Found[] {
	if (tree.has(name) || /[$*{}]/.test(name)) return [];
	const meant = all.flatMap((output) => {
		const below = restOf(output, name, folder);
		return below === undefined ? [] : [{ output, rest: below }];
	});
	if (meant.length === 0 || meant.some(({ output, rest }) => madeFrom(tree, output, rest).length > 0)) return [];
	const [{ output, rest }] = meant as [(typeof meant)[number]];
	const near = sourcesLike(tree, output, rest);
	const say =
		near === undefined
			? `name a file that is compiled, or bring the source of ${rest} back`
			: `start ${posix.join(output.outDir, near)}`;
	return [
		{
			message: `${file.path} starts ${name}, and ${output.file.path} compiles no source to that`,
			evidence: [
				placeIn(file, line),
				placeIn(output.file, Math.max(1, output.file.lines.findIndex((text) => text.includes('"outDir"')) + 1)),
			],
			fix: { say },
		},
	];
}

/** What stands behind the folder of the output; undefined: it is another one's. */
function restOf({ folder, outDir }: Output, name: string, from: string | undefined): string | undefined {
	const path = posix
		.normalize(name)
		.replace(/^\/(?:app|workspace|code|srv|usr\/src\/app|opt\/\w+|home\/\w+\/app)\//, "")
		.replace(/^\.?\//, "");
	if (from !== undefined && `${from}/`.replace(/^\/$/, "") !== folder) return undefined;
	const heads = [`${folder}${outDir}/`, `${outDir}/`];
	const head = heads.find((one) => path.startsWith(one));
	return head === undefined ? undefined : path.slice(head.length);
}

/** What the compiler makes that comes near: of the same name elsewhere, or of the name of the folder. */
function sourcesLike(tree: Tree, { folder, rootDir }: Output, rest: string): string | undefined {
	const names = [posix.basename(rest), `${posix.dirname(rest)}${posix.extname(rest)}`].map((one) =>
		one.replace(/\.[cm]?js$/, ""),
	);
	const top = posix.join(folder, rootDir ?? "src", "/").replace(/^\.?\//, "");
	const own = tree.paths.filter(
		(path) =>
			path.startsWith(top) &&
			!path.includes("node_modules/") &&
			/\.[cm]?tsx?$/.test(path) &&
			!/\.d\.ts$|\.test\.|\.spec\./.test(path),
	);
	const found =
		own.find((path) => names.includes(path.slice(top.length).replace(/\.[cm]?tsx?$/, ""))) ??
		own.find((path) => names.includes(posix.basename(path).replace(/\.[cm]?tsx?$/, ""))) ??
		own.find((path) => /^(?:index|main)\.[cm]?ts$/.test(path.slice(top.length)));
	return found?.slice(top.length).replace(/\.(c|m)?tsx?$/, ".$1js");
}
