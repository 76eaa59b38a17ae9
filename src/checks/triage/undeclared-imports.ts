import { declaredFor } from "../python/declared.ts";
import { distributionsOf, isBrought } from "../python/distributions.ts";
import { requirementsWith } from "../python/image-roles.ts";
import { importsOf, standingOf } from "../python/imports.ts";
import { endsSomewhere, isLocal } from "../python/modules.ts";
import { isStandard } from "../python/standard-library.ts";
import { isAside, isSample, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Of a program that runs Python inside itself. */
const EMBEDDED =
	/^(?:java|javax|org|com|clr|System|bpy|gi|apt_pkg|gdb|lldb|pcbnew|maya|hou|nuke|unreal|idaapi|idc|ida_\w+|sublime|vim|micropython|machine|utime|uos|js|pyodide|google\.colab|IPython|nvidia_smi|dbutils|pyspark|ansible|salt|numpy\.distutils|rpm|dnf|libvirt|cups|smbc|brlapi|board|busio|digitalio|neovim|pynvim|weechat|hexchat|xbmc\w*|_typeshed|mod_wsgi|uwsgi)$/;

export default {
	code: "TS330",
	scope: "static",
	severity: "error",
	question: "Is every package that Python code imports declared?",
	why: "What is not declared is there by chance: the image without it stops at the import, often at the first task and not at the start.",
	example: "`import requests` and no requirements file has requests: add `requests==…`.",
	run(tree) {
		const files = tree
			.in("python")
			.filter(({ path }) => !isAside(path) && !isTest(path) && !isSample(path) && !/(?:^|\/)setup\.py$/.test(path));
		const missing = new Map<
			string,
			{ top: string; manifests: SourceFile[]; uses: { file: SourceFile; at: number }[] }
		>();
		for (const file of files)
			for (const { top, at, manifests } of undeclared(tree, file)) {
				const key = `${manifests[0]!.path}\n${top}`;
				const entry = missing.get(key) ?? { top, manifests, uses: [] };
				entry.uses.push({ file, at });
				missing.set(key, entry);
			}
		const findings = [...missing.values()].map(({ top, manifests, uses }): Found => {
			const names = manifests
				.slice(0, 3)
				.map(({ path }) => path)
				.join(", ");
			return {
				message: `${top} is imported and not declared in ${names}`,
				evidence: uses.slice(0, 5).map(({ file, at }) => file.placeAt(at)) as unknown as Found["evidence"],
				fix: { say: `add ${distributionsOf(top)[0]!} with its version to ${firstOf(manifests).path}` },
			};
		});
		return { looked: `${files.length} Python files`, findings };
	},
} satisfies StaticCheck;

/** What another one takes in, before what takes it in; what runs, before what only developers have. */
const firstOf = (manifests: readonly SourceFile[]): SourceFile =>
	manifests.find(({ path }) => !/dev|test|lint|doc|ci\b/i.test(path)) ?? manifests[0]!;

/** An image that holds the file installs it by requirements of another folder. */
const isInItsImage = (tree: Tree, file: SourceFile, top: string): boolean =>
	requirementsWith(tree, file).some(({ all }) => isBrought(top, new Set(all.map(({ key }) => key))));

function undeclared(tree: Tree, file: SourceFile): { top: string; at: number; manifests: SourceFile[] }[] {
	const seen = new Set<string>();
	const inline = file.has(/^# \/\/\/ script$/m);
	return importsOf(file).flatMap((one) => {
		const top = one.module.split(".")[0]!;
		if (top === "" || seen.has(top) || isStandard(top) || EMBEDDED.test(top) || inline) return [];
		if (isLocal(tree, top, file.path) || endsSomewhere(tree, top)) return [];
		const { manifests, names } = declaredFor(tree, file.path);
		if (manifests.length === 0 || isBrought(top, names)) return [];
		const standing = standingOf(file, one);
		if (!standing.real || standing.guarded || isInItsImage(tree, file, top)) return [];
		seen.add(top);
		return [{ top, at: one.at, manifests }];
	});
}
