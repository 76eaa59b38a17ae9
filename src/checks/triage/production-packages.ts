import { builtinModules } from "node:module";
import { posix } from "node:path";
import { productionInstalls, type ProductionInstall } from "../dockerfile/production-installs.ts";
import { placeIn } from "../facts/found.ts";
import { isOwnSource } from "../javascript/imports.ts";
import { scriptsOf } from "../javascript/scripts.ts";
import { fileOf, packageOf, valueImports } from "../javascript/value-imports.ts";
import { launchesOf } from "../launch/launches.ts";
import { isSample, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

const BUILTIN = new Set(builtinModules);
/** What they write holds the packages that it needs. */
const BUNDLERS =
	/\b(?:esbuild|webpack|rollup|vite build|ncc|parcel|unbuild|bun build|pkgroll|microbundle|next build|nuxt build|remix|astro build|rspack|react-scripts|svelte-kit|tsup|tsdown)\b/;

export default {
	code: "TS238",
	scope: "static",
	severity: "error",
	question: "Has an image without development packages every package that its program loads?",
	why: "On the developer's machine all packages are there; in the image the program ends at its first import with `Cannot find module`.",
	example:
		"`import pg from 'pg'`, pg in devDependencies, and `npm ci --omit=dev` in the Dockerfile: move pg to dependencies.",
	run(tree) {
		const installs = productionInstalls(tree);
		return {
			looked: `${installs.length} images without development packages`,
			findings: installs.flatMap((one) => lacking(tree, one)),
		};
	},
} satisfies StaticCheck;

function lacking(tree: Tree, install: ProductionInstall): Found[] {
	const manifest = tree.file(posix.join(install.folder, "package.json"));
	const kinds = manifest === undefined ? undefined : kindsOf(manifest);
	if (manifest === undefined || kinds === undefined) return [];
	const scripts = scriptsOf(manifest)
		.map(({ text }) => text)
		.join("\n");
	const starts = entriesOf(tree, install.folder);
	const entries = starts.filter(({ path }) => !isBundled(tree, install.folder, path));
	// Where a bundler works and no start is known, what is left of the imports is not known either.
	if (BUNDLERS.test(scripts) && (entries.length === 0 || !/\btsc\b/.test(scripts))) return [];
	const reached = entries.length > 0 ? reach(tree, entries) : sourcesBelow(tree, install.folder);
	const missing = new Map<string, { uses: FilePlace[]; way: FilePlace[] }>();
	for (const { file, way } of reached)
		for (const one of valueImports(file)) {
			const name = packageOf(one.specifier);
			if (name === undefined || BUILTIN.has(name) || !kinds.dev.has(name) || kinds.others.has(name)) continue;
			const known = missing.get(name) ?? { uses: [], way };
			known.uses.push(file.placeAt(one.at));
			missing.set(name, known);
		}
	return [...missing]
		.filter(([name]) => !isBrought(tree, install.folder, name))
		.map(([name, { uses }]): Found => {
			const line = manifest.lineAt(
				Math.max(0, manifest.text.indexOf(`"${name}"`, manifest.text.indexOf('"devDependencies"'))),
			);
			return {
				message: `${uses[0]!.path} loads ${name}, a devDependency of ${manifest.path}, and ${install.model.file.path} installs without those`,
				evidence: [placeIn(manifest, line), ...uses.slice(0, 3), install.place],
				fix: { say: `move ${name} from devDependencies to dependencies` },
			};
		});
}

function kindsOf({ text }: SourceFile): { dev: Set<string>; others: Set<string> } | undefined {
	try {
		const value = JSON.parse(text) as Record<string, Record<string, string> | undefined>;
		const names = (...kinds: string[]) => new Set(kinds.flatMap((kind) => Object.keys(value[kind] ?? {})));
		if (value["workspaces"] !== undefined) return undefined;
		return { dev: names("devDependencies"), others: names("dependencies", "optionalDependencies", "peerDependencies") };
	} catch {
		return undefined;
	}
}

/** What images and scripts start with node, as sources of the package. */
function entriesOf(tree: Tree, folder: string): SourceFile[] {
	const own = sourcesBelow(tree, folder).map(({ file }) => file);
	const started = launchesOf(tree).filter(
		({ kind, name, by, file }) =>
			kind === "script" && /\.[cm]?js$/.test(name) && by !== "npm" && by !== "workflow" && !isTest(file.path),
	);
	const files = started.flatMap(({ name }) => {
		const parts = name
			.replace(/\.[cm]?js$/, "")
			.split("/")
			.filter((part) => part !== "" && part !== ".");
		for (let at = 0; at < parts.length; at += 1) {
			const end = parts.slice(at).join("/");
			const found = own.filter(
				({ path }) =>
					path.replace(/\.[cm]?[jt]sx?$/, "").endsWith(`/${end}`) || path.replace(/\.[cm]?[jt]sx?$/, "") === end,
			);
			if (found.length === 1) return found;
			if (found.length > 1) return [];
		}
		return [];
	});
	return [...new Set(files)];
}

/** Whether a bundler's settings or script name the file. */
function isBundled(tree: Tree, folder: string, path: string): boolean {
	const short = folder === "" ? path : path.slice(folder.length + 1);
	const bare = short.replace(/\.[cm]?[jt]sx?$/, "");
	return tree.files.some(
		(file) =>
			(/(?:^|\/)(?:tsup|tsdown|rollup|rolldown|webpack|vite|esbuild|build)[\w.-]*\.[cm]?[jt]s$/.test(file.path) &&
				file.text.includes(bare)) ||
			(/(?:^|\/)package\.json$/.test(file.path) &&
				scriptsOf(file).some(({ text }) => BUNDLERS.test(text) && text.includes(bare))),
	);
}

interface Reached {
	file: SourceFile;
	way: FilePlace[];
}

function reach(tree: Tree, entries: readonly SourceFile[]): Reached[] {
	const seen = new Map<SourceFile, FilePlace[]>(entries.map((file) => [file, []]));
	for (const [file, way] of seen)
		for (const one of valueImports(file)) {
			const target = fileOf(tree, file.path, one.specifier);
			if (target !== undefined && !seen.has(target)) seen.set(target, [file.placeAt(one.at), ...way]);
		}
	return [...seen].map(([file, way]) => ({ file, way }));
}

/** Where no start is known: what a program is made of. */
const sourcesBelow = (tree: Tree, folder: string): Reached[] =>
	tree
		.in("javascript")
		.filter(
			(file) =>
				isOwnSource(file) &&
				(folder === "" || file.path.startsWith(`${folder}/`)) &&
				/^(?:src|lib|app|server|[\w-]+\.[cm]?[jt]s$)/.test(
					folder === "" ? file.path : file.path.slice(folder.length + 1),
				) &&
				!isTest(file.path) &&
				!isSample(file.path) &&
				!/\.config\.[cm]?[jt]s$|\.d\.ts$|(?:^|\/)(?:scripts|tools|migrations|seeds?|stories|mocks?|__mocks__|testing|dev)\/|(?:^|\/)\w*(?:setup|seed|mock|dev)\w*\.[cm]?[jt]s$/.test(
					file.path,
				),
		)
		.map((file) => ({ file, way: [] }));

/** By another package of `dependencies`, as the lock file says. */
function isBrought(tree: Tree, folder: string, name: string): boolean {
	const lock = tree.file(posix.join(folder, "package-lock.json"))?.text;
	if (lock !== undefined) {
		const at = lock.indexOf(`"node_modules/${name}": {`);
		const entry = lock.slice(at, lock.indexOf("\n    }", at));
		return at !== -1 && !/"dev(?:Optional)?": true/.test(entry);
	}
	return (
		["yarn.lock", "pnpm-lock.yaml", "bun.lock"].some((one) => tree.has(posix.join(folder, one))) &&
		/^(?:@types\/|tslib$)/.test(name)
	);
}
