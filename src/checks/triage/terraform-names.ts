import { posix } from "node:path";
import { nearest } from "../../system/nearest.ts";
import { editAt } from "../facts/found.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS247",
	scope: "static",
	severity: "error",
	question: "Is every variable of Terraform declared that is used, or set in a tfvars file?",
	why: "Terraform refuses a variable that is not declared, and only warns of a value for one: the plan then goes on with the default.",
	example: '`instance_count = 3` in prod.tfvars and `variable "replica_count"`: write replica_count.',
	run(tree) {
		const files = tree.files.filter(({ path }) => /\.(?:tf|tfvars)$/.test(path) && !isAside(path));
		const folders = declaredIn(files);
		const findings = files.flatMap((file) =>
			file.path.endsWith(".tf") ? used(file, folders) : given(tree, file, folders),
		);
		return { looked: `${files.length} files of Terraform`, findings };
	},
} satisfies StaticCheck;

type Folders = ReadonlyMap<string, ReadonlyMap<string, { file: SourceFile; at: number }>>;

/** The variables of each folder with files of Terraform. */
function declaredIn(files: readonly SourceFile[]): Folders {
	const folders = new Map<string, Map<string, { file: SourceFile; at: number }>>();
	for (const file of files) {
		if (!file.path.endsWith(".tf")) continue;
		const folder = posix.dirname(file.path);
		const own = folders.get(folder) ?? new Map<string, { file: SourceFile; at: number }>();
		folders.set(folder, own);
		for (const { 1: name, index } of file.matches(/^\s*variable\s+"?([\w-]+)"?\s*\{/gm))
			own.set(name!, { file, at: index });
	}
	return folders;
}

/** Without comments and the text of here-documents, in the same offsets. */
const plain = (text: string): string =>
	text.replaceAll(/^[ \t]*(?:#|\/\/)[^\n]*|[ \t](?:#|\/\/)[ \t][^\n]*|\/\*[^]*?\*\//gm, (one) =>
		one.replaceAll(/[^\n]/g, " "),
	);

function used(file: SourceFile, folders: Folders): Found[] {
	const own = folders.get(posix.dirname(file.path))!;
	const seen = new Set<string>();
	return [...plain(file.text).matchAll(/(?<![\w.-])var\.([A-Za-z_][\w-]*)/g)].flatMap(({ 1: name, index }): Found[] => {
		if (own.has(name!) || seen.has(name!)) return [];
		seen.add(name!);
		const meant = nearest(name!, [...own.keys()]);
		return [
			{
				message: `${file.path} uses var.${name!}, which its folder does not declare`,
				evidence: [file.placeAt(index), ...placeOf(own, meant)],
				fix:
					meant === undefined
						? { say: `declare it: variable "${name!}" {}` }
						: {
								say: `write var.${meant}, or declare ${name!}`,
								...editAt(file, index, `var.${name!}`, `var.${meant}`),
							},
			},
		];
	});
}

function given(tree: Tree, file: SourceFile, folders: Folders): Found[] {
	const folder = ancestors(posix.dirname(file.path)).find((one) => (folders.get(one)?.size ?? 0) > 0);
	if (
		folder === undefined ||
		tree.files.some(({ path }) => path.startsWith(`${posix.dirname(file.path)}/`) && path.endsWith("terragrunt.hcl"))
	)
		return [];
	const own = folders.get(folder)!;
	let depth = 0;
	return plain(file.text)
		.split("\n")
		.flatMap((text, index): Found[] => {
			const name = depth === 0 ? /^\s*"?([A-Za-z_][\w-]*)"?\s*=/.exec(text)?.[1] : undefined;
			const bare = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, "");
			depth += (bare.match(/[{[(]/g)?.length ?? 0) - (bare.match(/[}\])]/g)?.length ?? 0);
			if (name === undefined || own.has(name)) return [];
			const at = file.startOf(index + 1) + text.indexOf(name);
			const free = [...own.keys()].filter((one) => !new RegExp(`^\\s*"?${one}"?\\s*=`, "m").test(file.text));
			const meant = nearest(name, free) ?? free.find((one) => one.split("_").at(-1) === name.split("_").at(-1));
			return [
				{
					message: `${file.path} sets ${name}, and ${folder} declares no such variable`,
					evidence: [file.placeAt(at), ...placeOf(own, meant)],
					fix: {
						say: meant === undefined ? `declare it, or take the line out` : `write ${meant}, if that is the one`,
					},
					severity: "warning",
				},
			];
		});
}

const placeOf = (own: ReadonlyMap<string, { file: SourceFile; at: number }>, name: string | undefined) => {
	const one = name === undefined ? undefined : own.get(name);
	return one === undefined ? [] : [one.file.placeAt(one.at)];
};

/** A folder and those above it: environments often lie below the files that they are for. */
const ancestors = (folder: string): string[] =>
	folder.split("/").map((_, index, parts) => parts.slice(0, parts.length - index).join("/"));
