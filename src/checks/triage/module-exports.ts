import { posix } from "node:path";
import { nearest } from "../../system/nearest.ts";
import { editAt } from "../facts/found.ts";
import { codeOf } from "../powershell/code.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS261",
	scope: "static",
	severity: "error",
	question: "Does a PowerShell module define what it exports, and export what is called?",
	why: "Export-ModuleMember says nothing of a function that is not there, and a function that it leaves out does not exist for who imports the module: the script stops half-way.",
	example:
		"`Export-ModuleMember -Function Get-Root` and a script calls Write-JobLog of the same module: add it to the list.",
	run(tree) {
		const files = tree.in("powershell").filter(({ path }) => !isAside(path) && !isTest(path));
		const modules = files.filter(({ path }) => /\.psm1$/i.test(path)).flatMap(moduleOf);
		return {
			looked: `${modules.length} modules with a list of what they export`,
			findings: [...modules.flatMap(undefinedIn), ...modules.flatMap((one) => hiddenFrom(files, one, tree))],
		};
	},
} satisfies StaticCheck;

interface Module {
	file: SourceFile;
	/** Exported, with their places. */
	exported: readonly { name: string; at: number }[];
	/** In small letters → as written. */
	defined: ReadonlyMap<string, string>;
}

const DEFINED = /^[ \t]*(?:function|filter)[ \t]+(?:global:|script:)?([A-Za-z][\w-]*)/gim;

function moduleOf(file: SourceFile): Module[] {
	const code = codeOf(file);
	const lists = [
		...code.matchAll(/\bExport-ModuleMember\b(?:[^|;\n(]*@\([^)]*\)|(?:[^|;\n]*,[ \t]*\r?\n)*[^|;\n]*)/gi),
	];
	const defined = new Map([...code.matchAll(DEFINED)].map(([, name]) => [name!.toLowerCase(), name!]));
	// Loaded or computed: nobody knows.
	if (
		lists.length === 0 ||
		defined.size === 0 ||
		/^[ \t]*\.[ \t]+["'$(]|\bImport-Module\b|Invoke-Expression/m.test(code)
	)
		return [];
	const exported: { name: string; at: number }[] = [];
	for (const { 0: all, index } of lists) {
		const own = file.text.slice(index, index + all.length);
		const part = /^Export-ModuleMember\s+(?:-Function\s+)?((?:(?!-(?:Alias|Variable|Cmdlet)\b)[^])*)/i.exec(own);
		if (part === null || /[$*]/.test(part[1]!)) return [];
		const from = index + part[0].length - part[1]!.length;
		for (const { 0: name, index: at } of part[1]!.matchAll(/[A-Za-z][\w-]*/g)) exported.push({ name, at: from + at });
	}
	return exported.length === 0 ? [] : [{ file, exported, defined }];
}

const undefinedIn = ({ file, exported, defined }: Module): Found[] =>
	exported.flatMap(({ name, at }): Found[] => {
		if (defined.has(name.toLowerCase())) return [];
		const meant = nearest(name, [...defined.values()], 4);
		return [
			{
				message: `${file.path} exports ${name}, and defines no such function`,
				evidence: [file.placeAt(at)],
				fix: {
					say: meant === undefined ? `define ${name}, or take it out` : `write ${meant}`,
					...(meant === undefined ? {} : editAt(file, at, name, meant)),
				},
			},
		];
	});

/** Functions that scripts call which import the module, and that it does not export. */
function hiddenFrom(files: readonly SourceFile[], { file, exported, defined }: Module, tree: Tree): Found[] {
	const base = posix.basename(file.path);
	const out = new Set(exported.map(({ name }) => name.toLowerCase()));
	const hidden = [...defined].filter(([small]) => !out.has(small) && small.includes("-"));
	const manifest = tree.file(file.path.replace(/\.psm1$/i, ".psd1"));
	return files.flatMap((caller): Found[] => {
		const code = codeOf(caller);
		if (caller === file || !new RegExp(`Import-Module[^\\n]*${RegExp.escape(base)}`, "i").test(caller.text)) return [];
		return hidden.flatMap(([small, name]): Found[] => {
			const called = new RegExp(`(?:^|[\\n;|{(=&])[ \\t]*${RegExp.escape(small)}(?![\\w-])`, "i").exec(code);
			if (called === null || new RegExp(`function[ \\t]+(?:\\w+:)?${RegExp.escape(small)}(?![\\w-])`, "i").test(code))
				return [];
			const at = called.index + called[0].length - small.length;
			return [
				{
					message: `${caller.path} calls ${name} of ${file.path}, which the module does not export`,
					evidence: [file.placeAt(exported[0]!.at), caller.placeAt(at)],
					fix: {
						say: `add ${name} to Export-ModuleMember${manifest === undefined ? "" : ` and to FunctionsToExport of ${manifest.path}`}`,
					},
				},
			];
		});
	});
}
