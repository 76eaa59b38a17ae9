import { placeIn } from "../facts/found.ts";
import { goImports, goModules, moduleFor, ownFolder, type GoImport, type GoModule } from "../go/modules.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS342",
	scope: "static",
	severity: "error",
	question:
		"Does go.mod require every module that the code imports, and is every folder there that it replaces one by?",
	why: "`go build` stops with `no required module provides package`; a folder beside the checkout is on one machine only.",
	example: '`import "github.com/spf13/cobra"` and go.mod has no require of it: go get github.com/spf13/cobra.',
	run(tree) {
		const modules = goModules(tree);
		const imports = modules.length === 0 ? [] : goImports(tree);
		const findings = [
			...undeclared(tree, imports),
			...modules.flatMap((one) => [...replaced(tree, one), ...without(tree, one)]),
		];
		return { looked: `${imports.length} imports of ${modules.length} Go modules`, findings };
	},
} satisfies StaticCheck;

/** The part of an import that is the module's, as most have it. */
function guessOf(path: string): string {
	const parts = path.split("/");
	const length = /^(?:github\.com|gitlab\.com|bitbucket\.org)$/.test(parts[0]!)
		? 3
		: /^golang\.org$/.test(parts[0]!)
			? 3
			: 2;
	const major = /^v\d+$/.test(parts[length] ?? "") ? 1 : 0;
	return parts.slice(0, length + major).join("/");
}

function undeclared(tree: Tree, imports: readonly GoImport[]): Found[] {
	const missing = imports.flatMap((one) => {
		const module = moduleFor(tree, one.file.path);
		const [first = ""] = one.path.split("/");
		if (module === undefined || !first.includes(".") || ownFolder(tree, one.path) !== undefined) return [];
		const covered = module.requires.some((own) => one.path === own || one.path.startsWith(`${own}/`));
		return covered || tree.has(`${module.folder}vendor/${one.path}`)
			? []
			: [{ ...one, module, name: guessOf(one.path) }];
	});
	return [...Map.groupBy(missing, ({ module, name }) => `${module.file.path} ${name}`).values()].map((all): Found => {
		const [{ module, name }] = all as [(typeof all)[number]];
		const [first, ...rest] = all.map(({ file, line }) => placeIn(file, line));
		return {
			message: `${name} is imported, and ${module.file.path} does not require it`,
			evidence: [first!, ...rest.slice(0, 4), module.file.place(1)],
			fix: { say: `go get ${name}${module.folder === "" ? "" : `, in ${module.folder}`}` },
		};
	});
}

function replaced(tree: Tree, { file, replaced: all }: GoModule): Found[] {
	return all
		.filter(({ path }) => path.startsWith("..") || !tree.has(path === "" || path === "." ? "go.mod" : `${path}/go.mod`))
		.map(({ path, line, written }) => ({
			message: `${file.path} replaces a module by ${written}, ${path.startsWith("..") ? "which is outside of the tree" : "where the tree has no go.mod"}`,
			evidence: [placeIn(file, line)],
			fix: { say: "take the replace out, or name a folder of the tree" },
		}));
}

/** A go.mod with requirements and no sums builds nowhere with -mod=readonly, which is the default. */
function without(tree: Tree, { file, folder, requires, replaced: all }: GoModule): Found[] {
	if (
		requires.every((one) => goModules(tree).some(({ path }) => path === one)) ||
		all.length > 0 ||
		tree.has(`${folder}go.sum`) ||
		tree.has(`${folder}vendor`) ||
		tree.paths.some((path) => /(?:^|\/)go\.work\.sum$/.test(path))
	)
		return [];
	if (!tree.files.some(({ path }) => path.startsWith(folder) && path.endsWith(".go"))) return [];
	return [
		{
			message: `${file.path} requires modules, and there is no go.sum beside it`,
			evidence: [file.place(1)],
			fix: { say: `run go mod tidy${folder === "" ? "" : ` in ${folder}`}, and commit go.sum` },
		},
	];
}
