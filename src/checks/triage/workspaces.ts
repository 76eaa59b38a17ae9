import { posix } from "node:path";
import { lackingManifests, type LackingManifest } from "../dockerfile/copied-manifests.ts";
import { editOf, placeIn } from "../facts/found.ts";
import { packagesOf } from "../javascript/packages.ts";
import { matchesPackage, workspacesOf, type Workspace } from "../javascript/workspaces.ts";
import { nearest } from "../../system/nearest.ts";
import { isAside, isTest } from "../tree/aside.ts";
import { mayBeMade } from "../tree/generated.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS343",
	scope: "static",
	severity: "error",
	question: "Do the packages of a workspace find each other: folders, names, references of TypeScript?",
	why: "npm asks the registry for a package that only exists here under another name; a pattern that matches nothing leaves packages out without a word.",
	example: '`"workspaces": ["apps/*"]` after the folder became services: write services/*.',
	run(tree) {
		const workspaces = workspacesOf(tree).filter(({ file }) => !isAside(file.path) && !isTest(file.path));
		const findings = [
			...workspaces.flatMap((one) => empty(tree, one)),
			...(workspaces.length === 0 ? [] : packagesOf(tree).packages.flatMap(({ file }) => unknown(tree, file))),
			...tree.files
				.filter(({ path }) => /(?:^|\/)tsconfig[^/]*\.json$/.test(path) && !isAside(path) && !isTest(path))
				.flatMap((file) => [...references(tree, file), ...aliases(tree, file)]),
			...lackingManifests(tree).map(inImage),
		];
		return { looked: `${workspaces.length} patterns of workspaces`, findings };
	},
} satisfies StaticCheck;

const inImage = ({ path, name, by, places: [copy, install] }: LackingManifest): Found => ({
	message: `${copy.path} installs without ${path}, and ${by} depends on its package ${name}`,
	evidence: [copy, install],
	fix: { say: `copy ${path} before the install, too` },
});

function empty(tree: Tree, { file, line, written, pattern }: Workspace): Found[] {
	if (matchesPackage(tree, pattern) || (!/[*?]/.test(pattern) && mayBeMade(tree, pattern))) return [];
	const left = packagesOf(tree).packages.filter(
		({ folder }) => folder !== "" && !workspacesOf(tree).some((one) => matches(one.pattern, folder)),
	);
	const folders = [...new Set(left.map(({ folder }) => posix.dirname(folder)))].filter((one) => one !== ".");
	return [
		{
			message: `${file.path} has the workspace ${written}, where the tree has no package`,
			evidence: [placeIn(file, line)],
			fix: {
				say: folders.length === 0 ? "take it out, or bring the packages back" : `write ${folders[0]}/*, or take it out`,
			},
		},
	];
}

const matches = (pattern: string, folder: string): boolean =>
	pattern === folder ||
	(pattern.endsWith("/*") && posix.dirname(folder) === pattern.slice(0, -2)) ||
	pattern.includes("**");

/** A dependency in the scope of the workspace's own packages, under a name that is nearly one of them. */
function unknown(tree: Tree, file: SourceFile): Found[] {
	const names = packagesOf(tree).packages.flatMap(({ name, file: own }) =>
		name === undefined || isAside(own.path) ? [] : [name],
	);
	return file
		.matches(/^\s*"((@[\w.-]+)\/[\w.-]+)"\s*:\s*"([^"]+)"/gm)
		.flatMap(({ 0: all, 1: name, 2: scope, 3: value, index }): Found[] => {
			const own = names.filter((one) => one.startsWith(`${scope!}/`));
			const inside = value!.startsWith("workspace:") && !value!.slice(10).includes("@");
			const close = own.includes(name!) ? undefined : nearest(name!, own, 2);
			if (inside && close === undefined && !names.includes(name!))
				return [nowhere(file, index + all.indexOf('"'), name!, own)];
			const meant = close;
			if (
				meant === undefined ||
				tree.files.some(
					({ path, text }) =>
						/(?:^|\/)(?:package-lock\.json|yarn\.lock|pnpm-lock\.yaml)$/.test(path) && text.includes(`${name!}`),
				)
			)
				return [];
			const line = file.lineAt(index + all.indexOf('"'));
			const manifest = packagesOf(tree).packages.find((one) => one.name === meant)!.file;
			return [
				{
					message: `${file.path} depends on ${name!}, and the package of the workspace is called ${meant}`,
					evidence: [
						placeIn(file, line),
						placeIn(manifest, manifest.lines.findIndex((text) => text.includes(`"${meant}"`)) + 1),
					],
					fix: { say: `write ${meant}`, ...editOf(file, line, name!, meant) },
				},
			];
		});
}

/** `workspace:*` of a package that the workspace does not have: pnpm and yarn refuse to install. */
function nowhere(file: SourceFile, at: number, name: string, own: readonly string[]): Found {
	return {
		message: `${file.path} takes ${name} from the workspace, which has no package of that name`,
		evidence: [file.placeAt(at)],
		fix: {
			say: own.length === 0 ? "take it out, or bring the package back" : `write one of ${own.slice(0, 5).join(", ")}`,
		},
	};
}

/** `references` and `extends` of a tsconfig. */
function references(tree: Tree, file: SourceFile): Found[] {
	const text = file.text.replaceAll(/^\s*\/\/[^\n]*/gm, (one) => " ".repeat(one.length));
	const found = [...text.matchAll(/\{\s*"path"\s*:\s*"([^"]+)"[^}]*\}|"extends"\s*:\s*"(\.{1,2}\/[^"]+)"/g)];
	return found.flatMap(({ 0: all, 1: path, 2: base, index }): Found[] => {
		const written = (path ?? base)!;
		const at = posix.join(posix.dirname(file.path), written);
		const there = [at, `${at}.json`, posix.join(at, "tsconfig.json")].some((one) => tree.has(one));
		if (at.startsWith("..") || there || mayBeMade(tree, at)) return [];
		return [
			{
				message: `${file.path} ${path === undefined ? "extends" : "refers to"} ${written}, which is not in the tree`,
				evidence: [placeIn(file, file.lineAt(index + all.indexOf(written)))],
				fix: { say: `bring ${at} back, or take the line out` },
			},
		];
	});
}

/** `paths` of a tsconfig: none of the folders of an alias is there, so that no import of it is found. */
function aliases(tree: Tree, file: SourceFile): Found[] {
	const block = /"paths"\s*:\s*\{([^{}]*)\}/.exec(file.text);
	if (block === null) return [];
	const base = /"baseUrl"\s*:\s*"([^"]+)"/.exec(file.text)?.[1] ?? ".";
	const folder = posix.join(posix.dirname(file.path), base);
	const start = block.index + block[0].length - block[1]!.length - 1;
	return [...block[1]!.matchAll(/^(?!\s*\/\/)\s*"([^"]+)"\s*:\s*\[([^\]]*)\]/gm)].flatMap(
		({ 0: all, 1: alias, 2: list, index }): Found[] => {
			const targets = [...list!.matchAll(/"([^"]+)"/g)].map(([, one]) => one!);
			const gone = targets.map((one) => posix.join(folder, one.replace(/\/?\*.*$/, "")));
			const there = gone.some(
				(path, at) =>
					path.startsWith("..") ||
					path.includes("node_modules") ||
					mayBeMade(tree, path) ||
					(targets[at]!.includes("*") ? tree.has(path) || /[^/]\*/.test(targets[at]!) : isModule(tree, path)),
			);
			if (targets.length === 0 || there) return [];
			const folders = [...new Set(tree.paths.map((path) => posix.dirname(path)))];
			const meant = nearest(
				gone[0]!,
				folders.filter((one) => posix.dirname(one) === posix.dirname(gone[0]!)),
				3,
			);
			return [
				{
					message: `${file.path} looks for ${alias!} in ${targets.join(", ")}, which is not in the tree`,
					evidence: [placeIn(file, file.lineAt(start + index + all.search(/\S/)))],
					fix: { say: meant === undefined ? "name a folder of the tree, or take the alias out" : `write ${meant}` },
				},
			];
		},
	);
}

const isModule = (tree: Tree, path: string): boolean =>
	tree.has(path) || tree.paths.some((one) => one.startsWith(`${path}.`) && posix.dirname(one) === posix.dirname(path));
