import { posix } from "node:path";
import { placeIn } from "../facts/found.ts";
import { goTargets, isThere, programs, type GoTarget } from "../go/commands.ts";
import { goFolders, goImports, goModules, ownFolder, type GoImport } from "../go/modules.ts";
import { nearest } from "../../system/nearest.ts";
import { isSample } from "../tree/aside.ts";
import { mayBeMade } from "../tree/generated.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS341",
	scope: "static",
	severity: "error",
	question:
		"Is every package of its own module in the tree that Go code imports, a command builds or a linker flag sets?",
	why: "A package that was moved stops the build: `no required module provides package`. A `-X` of a name that is gone is passed over, and the version stays empty.",
	example: "`go build ./cmd/gateway` after the folder became cmd/gate.",
	run(tree) {
		const modules = goModules(tree);
		const imports = modules.length === 0 ? [] : goImports(tree);
		const findings = [
			...lost(tree, imports),
			...goTargets(tree).flatMap((target) => gone(tree, target)),
			...(modules.length === 0 ? [] : tree.files.flatMap((file) => [...flags(tree, file), ...embedded(tree, file)])),
		];
		return { looked: `${modules.length} Go modules`, findings };
	},
} satisfies StaticCheck;

/** One finding for a package, with all who import it. */
function lost(tree: Tree, imports: readonly GoImport[]): Found[] {
	const missing = imports.filter(({ path }) => {
		const own = ownFolder(tree, path);
		return own !== undefined && !goFolders(tree).has(own.folder) && !isGenerated(tree, own.folder);
	});
	return [...Map.groupBy(missing, ({ path }) => path)].map(([path, all]): Found => {
		const { folder, module } = ownFolder(tree, path)!;
		const known = [...goFolders(tree)].filter((one) => one.startsWith(module.folder));
		const meant = known.find((one) => posix.basename(one) === posix.basename(folder)) ?? nearest(folder, known, 3);
		const [first, ...rest] = all.map(({ file, line }) => placeIn(file, line));
		return {
			message: `${all[0]!.file.path} imports ${path}, and the tree has no Go files in ${folder}`,
			evidence: [first!, ...rest],
			fix: {
				say:
					meant === undefined
						? `bring ${folder} back, or take the import out`
						: `import ${posix.join(module.path, meant.slice(module.folder.length))}`,
			},
		};
	});
}

/** Made by a generator that the build runs. */
const isGenerated = (tree: Tree, folder: string): boolean =>
	mayBeMade(tree, folder) ||
	(/(?:^|\/)(?:gen|generated|pb|proto\w*|\w*pb|mocks?|api|client\w*|ent|sqlc|db|models?|graph|docs)(?:\/|$)/.test(
		folder,
	) &&
		tree.files.some(
			({ text, path }) =>
				/\.(?:proto|graphql)$/.test(path) ||
				/\b(?:protoc|buf generate|go generate|mockgen|mockery|sqlc|oapi-codegen|gqlgen|swag init|ent generate)\b|^\/\/go:generate/m.test(
					text,
				),
		));

function gone(tree: Tree, target: GoTarget): Found[] {
	const { file, line, written, command } = target;
	if (
		isThere(tree, target) ||
		isSample(file.path) ||
		["history", "vendored", "test", "example"].includes(standingOf(file.path))
	)
		return [];
	const bare = written.replace(/\/?\.\.\.$/, "").replace(/^\.\//, "");
	if (mayBeMade(tree, bare)) return [];
	const known = programs(tree);
	const meant = nearest(written, known) ?? (known.length === 1 ? known[0] : undefined);
	return [
		{
			message: `${file.path} runs \`${command} ${written}\`, and no Go files are there`,
			evidence: [placeIn(file, line)],
			fix: { say: meant === undefined ? "name a package of the tree" : `write ${meant}` },
			...(file.language === "markdown" ? { severity: "warning" as const } : {}),
		},
	];
}

/** `-X example.com/gate/internal/version.Version=…` */
function flags(tree: Tree, file: SourceFile): Found[] {
	if (file.path.endsWith(".go") || !file.includes("-X") || standingOf(file.path) !== "live") return [];
	return file
		.matches(/-X[= ]+["']?([\w.~-]+(?:\/[\w.~-]+)*)\.(\w+)=/g)
		.flatMap(({ 1: path, 2: name, index }): Found[] => {
			const own = path === "main" ? undefined : ownFolder(tree, path!);
			const folders =
				path === "main" ? programs(tree).map((one) => one.slice(2)) : own === undefined ? [] : [own.folder];
			if (
				folders.length === 0 ||
				folders.some((folder) => binds(tree, folder, name!)) ||
				isGenerated(tree, folders[0]!)
			)
				return [];
			const known = variables(tree, folders[0]!);
			const meant = nearest(name!, known);
			return [
				{
					message: `-X sets ${path!}.${name!}, and ${goFolders(tree).has(folders[0]!) ? `that package has no variable ${name!}` : `the tree has no Go files in ${folders[0]!}`}: the linker says nothing`,
					evidence: [placeIn(file, file.lineAt(index))],
					fix: { say: meant === undefined ? "name a variable of the tree, or take the flag out" : `write ${meant}` },
					severity: "warning",
				},
			];
		});
}

const binds = (tree: Tree, folder: string, name: string): boolean =>
	sources(tree, folder).some(({ text }) =>
		new RegExp(`^(?:var[ \\t]+|\\t)(?:\\w+,[ \\t]*)*${name}\\b[\\w, \\t]*(?:=|$)|^var[ \\t]+${name}\\b`, "m").test(
			text,
		),
	);

const sources = (tree: Tree, folder: string): SourceFile[] =>
	tree.files.filter(({ path }) => path.endsWith(".go") && posix.dirname(path) === folder);

const variables = (tree: Tree, folder: string): string[] =>
	sources(tree, folder).flatMap(({ text }) =>
		[...text.matchAll(/^(?:var\s+|\t)(\w+)(?:\s+string)?\s*(?:=|$)/gm)].map(([, name]) => name!),
	);

/** `//go:embed` of a file that is not there. */
function embedded(tree: Tree, file: SourceFile): Found[] {
	if (!file.path.endsWith(".go") || !file.includes("//go:embed ") || standingOf(file.path) !== "live") return [];
	return file.matches(/^\/\/go:embed[ \t]+([^\n]+)$/gm).flatMap(({ 1: patterns, index }) =>
		patterns!
			.trim()
			.split(/\s+/)
			.flatMap((written): Found[] => {
				const bare = written.replaceAll(/["`]/g, "").replace(/^all:/, "");
				const path = posix.join(posix.dirname(file.path), bare).replace(/\/$/, "");
				const folder = posix.dirname(path);
				const star = /[*?[]/.test(bare);
				if (star ? tree.has(folder) || /[*?[]/.test(folder) : tree.has(path)) return [];
				if (mayBeMade(tree, star ? folder : path)) return [];
				return [
					{
						message: `${file.path} embeds ${bare}, which is not in the tree`,
						evidence: [placeIn(file, file.lineAt(index))],
						fix: { say: `bring ${path} back, or take the embedding out` },
					},
				];
			}),
	);
}
