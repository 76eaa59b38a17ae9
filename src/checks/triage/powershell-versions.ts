import { posix } from "node:path";
import { editOf } from "../facts/found.ts";
import { nearest } from "../../system/nearest.ts";
import { isAside, isTest } from "../tree/aside.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

interface Demanding {
	file: SourceFile;
	at: number;
}

const REQUIRES = /^#Requires[ \t]+(?:-Version[ \t]+([67](?:\.\d+)*)|-PSEdition[ \t]+Core)\b/im;

export default {
	code: "TS252",
	scope: "static",
	severity: "error",
	question: "Is a script that demands PowerShell 7 started by pwsh, and not by powershell.exe?",
	why: "powershell.exe is Windows PowerShell 5.1: it refuses the script, and a scheduled task fails each time.",
	example: "`#Requires -Version 7.0` and `powershell.exe -File Start-Tunnel.ps1`: start pwsh.exe.",
	run(tree) {
		const demanding = new Map(
			tree.in("powershell").flatMap((file) => {
				const found = REQUIRES.exec(file.text);
				return found === null ? [] : [[posix.basename(file.path).toLowerCase(), { file, at: found.index }] as const];
			}),
		);
		const files =
			demanding.size === 0
				? []
				: tree.files.filter(
						({ path, language }) =>
							/^(?:powershell|batch|markdown|yaml|json)$/.test(language) &&
							!isAside(path) &&
							!isTest(path) &&
							/^(?:live|docs)$/.test(standingOf(path)),
					);
		return {
			looked: `${demanding.size} scripts that demand PowerShell 7`,
			findings: files.flatMap((file) => inFile(tree, file, demanding)),
		};
	},
} satisfies StaticCheck;

/** The script of that name, or the one that is nearly called so where none is. */
function called(tree: Tree, name: string, demanding: ReadonlyMap<string, Demanding>): Demanding | undefined {
	const there = demanding.get(name);
	if (there !== undefined || tree.paths.some((path) => posix.basename(path).toLowerCase() === name)) return there;
	return demanding.get(nearest(name, [...demanding.keys()], 2) ?? "");
}

function inFile(tree: Tree, file: SourceFile, demanding: ReadonlyMap<string, Demanding>): Found[] {
	if (!file.has(/\bpowershell(?:\.exe)?\b/i)) return [];
	return file.lines.flatMap((text, index): Found[] => {
		const program = /(?<![\w.#-])(powershell(?:\.exe)?)(?=["'\s,`])/i.exec(text)?.[1];
		if (program === undefined || /^\s*(?:#|::|rem\b|```)/i.test(text)) return [];
		let whole = text;
		for (let next = index + 1; /[`^\\]\s*$/.test(whole) && next < index + 8; next += 1)
			whole += `\n${file.lines[next] ?? ""}`;
		const script = [...whole.matchAll(/([\w.-]+\.ps1)\b/gi)]
			.map(([, one]) => called(tree, one!.toLowerCase(), demanding))
			.find((one) => one !== undefined);
		if (script === undefined) return [];
		const right = program.toLowerCase().endsWith(".exe") ? "pwsh.exe" : "pwsh";
		return [
			{
				message: `${file.path} starts ${script.file.path} by ${program}, and it demands PowerShell 7`,
				evidence: [file.place(index + 1), script.file.placeAt(script.at)],
				fix: { say: `write ${right} for ${program}`, ...editOf(file, index + 1, program, right) },
			},
		];
	});
}
