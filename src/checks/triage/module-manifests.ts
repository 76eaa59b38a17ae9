import { posix } from "node:path";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const FILES =
	/^\s*(?:RootModule|ModuleToProcess|NestedModules|ScriptsToProcess|TypesToProcess|FormatsToProcess)\s*=\s*(.*)$/i;

export default {
	code: "TS116",
	scope: "static",
	severity: "error",
	question: "Does every manifest of a PowerShell module name files and functions that exist?",
	why: "Import-Module fails where a file is missing, and says nothing of a function that is missing: the caller finds it.",
	example: "`RootModule = 'Relay.psm1'` and the folder has RelayTools.psm1; write the name of the file.",
	run(tree) {
		const files = tree.in("powershell").filter(({ path }) => /\.psd1$/i.test(path) && !isAside(path) && !isTest(path));
		return {
			looked: `${files.length} manifests of modules`,
			findings: files.flatMap((file) => inManifest(tree, file)),
		};
	},
} satisfies StaticCheck;

function inManifest(tree: Tree, file: SourceFile): Found[] {
	const folder = posix.dirname(file.path) === "." ? "" : `${posix.dirname(file.path)}/`;
	const missing = file.lines.flatMap((line, index): Found[] =>
		[...(FILES.exec(line)?.[1] ?? "").matchAll(/['"]([\w./\\ -]+\.(?:psm1|ps1|ps1xml))['"]/gi)].flatMap(
			([, name]): Found[] => {
				const path = posix.normalize(folder + name!.replaceAll("\\", "/").replace(/^\.\//, ""));
				if (tree.paths.some((one) => one.toLowerCase() === path.toLowerCase())) return [];
				const other = tree.paths.find((one) => one.startsWith(folder) && /\.psm1$/i.test(one));
				return [
					{
						message: `${file.path} names ${name!}, and the tree has no ${path}`,
						evidence: [file.place(index + 1)],
						fix: {
							say:
								other === undefined
									? `bring ${path} back, or take it out`
									: `write ${posix.relative(folder, other)}, if that is the one`,
						},
					},
				];
			},
		),
	);
	return [...missing, ...unknownFunctions(tree, file, folder)];
}

/** Exported by name, and defined in no script of the module's folder. */
function unknownFunctions(tree: Tree, file: SourceFile, folder: string): Found[] {
	const list = /^\s*FunctionsToExport\s*=\s*(@\([^)]*\)|['"][^'"\n]*['"])/im.exec(file.text);
	const own = tree.in("powershell").filter((one) => one !== file && one.path.startsWith(folder));
	if (
		!list ||
		own.length === 0 ||
		own.some(({ text }) =>
			/\bNew-Item\s+(?:-Path\s+)?function:|Set-Item\s+(?:-Path\s+)?function:|Add-Type|Import-Module/i.test(text),
		)
	)
		return [];
	const defined = new Set(
		own.flatMap(({ text }) =>
			[...text.matchAll(/^\s*(?:function|filter|workflow|configuration)\s+(?:global:|script:)?([\w-]+)/gim)].map(
				([, name]) => name!.toLowerCase(),
			),
		),
	);
	// A module of compiled code defines them there.
	if (defined.size === 0 || file.has(/\.dll\b/i)) return [];
	return [...list[1]!.matchAll(/['"]([\w-]+)['"]/g)].flatMap(({ 1: name, index }): Found[] =>
		defined.has(name!.toLowerCase())
			? []
			: [
					{
						message: `${file.path} exports ${name!}, and no script of the module defines it`,
						evidence: [file.placeAt(list.index + list[0].length - list[1]!.length + index)],
						fix: { say: `write a function that is defined: ${[...defined].slice(0, 5).join(", ")}` },
					},
				],
	);
}
