import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import { heldIn } from "./argument-texts.ts";

/** A script or function that gets its parameters as a table. */
interface Splat {
	/** `Start-Relay.ps1`, `Start-Relay` */
	called: string;
	/** Keys of the table, each with its offset. */
	keys: { parameter: string; at: number }[];
}

/** `& $start @given`, `& (Join-Path $PSScriptRoot 'Start-Relay.ps1') -Wait @given`, `Start-Relay @given` */
const GIVEN =
	/^[ \t]*(?:\$\w+[ \t]*=[ \t]*)?(?:&[ \t]*(?:\$(\w+)|[^\n@|;]*?([\w.-]+\.ps1)["')]*)|\.[\\/][\w.\\/-]*?([\w.-]+\.ps1)|([A-Za-z]+-\w+))(?=[ \t])[^\n|;@]*[ \t]@(\w+)\b/gm;

/** Tables of parameters that are written out, and given to a script or function of PowerShell with `@name`. */
export function splatsOf(file: SourceFile): Splat[] {
	if (file.language !== "powershell" || !file.has(/[ \t]@\w/)) return [];
	const held = heldIn(file);
	return file
		.matches(GIVEN)
		.flatMap(({ 0: all, 1: variable, 2: joined, 3: own, 4: named, 5: table, index }): Splat[] => {
			const called = joined ?? own ?? named ?? held.get(variable?.toLowerCase() ?? "");
			if (called === undefined || kindAt(file, index + all.length - 1) === "comment") return [];
			const keys = keysOf(file, table!);
			return keys.length === 0 ? [] : [{ called, keys }];
		});
}

/** The keys of the one table that a variable is given: `$given = @{ … }`, and `$given.Key = …` later on. */
function keysOf(file: SourceFile, name: string): Splat["keys"] {
	const given = file.matches(new RegExp(`\\$${name}[ \\t]*=(?!=)[ \\t]*(?:\\[ordered\\][ \\t]*)?(@\\{)?`, "gi"));
	const [only] = given;
	if (given.length !== 1 || only?.[1] === undefined) return [];
	const later = file
		.matches(new RegExp(`\\$${name}(?:\\.(\\w+)|\\[["'](\\w+)["']\\])[ \\t]*=(?!=)`, "gi"))
		.map(({ 0: all, 1: dot, 2: key, index }) => ({
			parameter: (dot ?? key)!,
			at: index + all.indexOf((dot ?? key)!, name.length),
		}));
	return [...inTable(file.text, only.index + only[0].length), ...later];
}

const PART = /<#[^]*?#>|"(?:[^"`]|`.)*"|'[^']*'|(?<=\s)#[^\n]*|[({[]|[)}\]]|(?<=[{;\s])(\w+)[ \t]*=(?!=)|[^]/g;

/** `Key = …` at the top of a table that begins in front of an offset. */
function inTable(text: string, from: number): Splat["keys"] {
	const found: Splat["keys"] = [];
	let depth = 0;
	for (const { 0: part, 1: key, index } of text.slice(from, from + 4000).matchAll(PART)) {
		if (key !== undefined && depth === 0) found.push({ parameter: key, at: from + index });
		else if (/^[({[]$/.test(part)) depth += 1;
		else if (/^[)}\]]$/.test(part) && --depth < 0) return found;
	}
	return [];
}
