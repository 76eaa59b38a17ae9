import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import { literalIn, plainValue, statement, type EnvStatement } from "./env-statement.ts";

/** A read of a name, kept in a variable that a later line fills where it is empty. */
interface Form {
	/** A sign without which the pattern is not searched. */
	sign: RegExp;
	/** Groups: variable, name, what is given. */
	pattern: RegExp;
}

/** A name of a table that was read from a file: `$values['CLIPS_BUCKET']`. */
const TABLE = String.raw`\$\w+\[["']([A-Z][A-Z0-9]*_[A-Z0-9_]+)["']\]`;
const NEXT = String.raw`[ \t]*;?[ \t]*\r?\n(?:[^\n]*\n){0,2}?[ \t]*`;
const EMPTY_IN_POWERSHELL = String.raw`if[ \t]*\([ \t]*(?:-not[ \t]+\$\1|!\$\1|\[string\]::IsNullOr\w+\(\$\1\)|\$null[ \t]+-eq[ \t]+\$\1)[ \t]*\)[ \t]*\{\s*\$\1[ \t]*=[ \t]*([^}\n]*)`;

const FORMS: Readonly<Partial<Record<SourceFile["language"], readonly Form[]>>> = {
	powershell: [
		{
			sign: /-not|IsNull|\$null|!\$/i,
			pattern: new RegExp(`^[ \\t]*\\$(\\w+)[ \\t]*=[ \\t]*\\$env:([A-Za-z_]\\w*)${NEXT}${EMPTY_IN_POWERSHELL}`, "gim"),
		},
		{
			sign: /-not|IsNull|\$null|!\$/i,
			pattern: new RegExp(`^[ \\t]*\\$(\\w+)[ \\t]*=[ \\t]*${TABLE}${NEXT}${EMPTY_IN_POWERSHELL}`, "gm"),
		},
		{ sign: /\?\?/, pattern: new RegExp(`()${TABLE}[ \\t]*\\?\\?[ \\t]*([^\\n]*)`, "g") },
	],
	python: [
		{
			sign: /environ|getenv/,
			pattern: new RegExp(
				String.raw`^[ \t]*(\w+)[ \t]*=[ \t]*os\.(?:environ\.get|getenv)\([ \t]*["']([A-Z]\w*)["'][ \t]*\)${NEXT}if[ \t]+(?:not[ \t]+\1|\1[ \t]+is[ \t]+None)[ \t]*:\s*\1[ \t]*=[ \t]*([^\n]*)`,
				"gm",
			),
		},
	],
	javascript: [
		{
			sign: /process\.env/,
			pattern: new RegExp(
				String.raw`^[ \t]*let[ \t]+(\w+)[^=\n]*=[ \t]*process\.env\.([A-Z]\w*)${NEXT}(?:if[ \t]*\([ \t]*!\1[ \t]*\)[ \t]*\{?\s*\1[ \t]*=|\1[ \t]*(?:\?\?|\|\|)=)[ \t]*([^;\n]*)`,
				"gm",
			),
		},
	],
	shell: [
		{
			sign: /-z /,
			pattern: new RegExp(
				String.raw`^[ \t]*(\w+)="?\$\{?([A-Z][A-Z0-9_]*)(?::?-)?\}?"?${NEXT}(?:if[ \t]+)?\[\[?[ \t]+-z[ \t]+"?\$\{?\1(?::?-)?\}?"?[ \t]+\]\]?(?:[ \t]*&&[ \t]*|;[ \t]*then\s+)\1=("[^"\n]*"|'[^'\n]*'|[^\s;]+)`,
				"gm",
			),
		},
	],
};

/** Defaults that a file gives on a line of their own: `if (-not $bucket) { $bucket = 'clips' }` below the read. */
export const laterDefaults = (file: SourceFile): EnvStatement[] =>
	(FORMS[file.language] ?? []).flatMap(({ sign, pattern }) =>
		!file.has(sign)
			? []
			: file.matches(pattern).flatMap(({ 0: all, 2: name, 3: given, index }): EnvStatement[] => {
					const value = file.language === "shell" ? plainValue(given!) : literalIn(given!);
					const at = index + all.length - given!.length;
					if (value === undefined || (file.language === "powershell" && value.includes("$")) || isComment(file, at))
						return [];
					return [statement({ name: name!, how: "reads", value, file, line: file.lineAt(at) })];
				}),
	);
