import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { KnownCall } from "./known-calls.ts";

/** Whether a call is code, of the function that it seems to name, and not one that is to be refused. */
export function isPlainCall({ file, on, name, at }: KnownCall): boolean {
	if (kindAt(file, at) !== "code") return false;
	const line = file.lineAt(at);
	// A pattern of Python's `match` is no call.
	if (file.language === "python" && /^\s*case\b/.test(file.lines[line - 1]!)) return false;
	const above = file.lines.slice(Math.max(0, line - 4), line).join("\n");
	if (/\braises\(|assertRaises|\bthrow\w*\(|@ts-(?:expect-error|ignore)|type:\s*ignore|\bas any\b/.test(above))
		return false;
	const after = file.lines.slice(line - 1, line + 4).join("\n");
	if (/\bexcept\b[^\n]*\bTypeError\b/.test(after)) return false;
	return on === "" ? !isRebound(file, name) : !isReplaced(file, name);
}

/** A test gives the method another body: `worker.start = Mock()`. */
const isReplaced = (file: SourceFile, name: string): boolean =>
	new RegExp(`\\.${RegExp.escape(name)}[ \\t]*=(?!=)|\\bpatch[\\w.]*\\([^\\n]*\\b${RegExp.escape(name)}["']`).test(
		file.text,
	);

/** Whether the file binds the name once more: as a variable, a parameter, or by a statement in a function. */
function isRebound(file: SourceFile, name: string): boolean {
	const own = RegExp.escape(name);
	const bound =
		file.language === "python"
			? `^[ \\t]*${own}[ \\t]*(?::[^=\\n]+)?=(?!=)|\\b(?:for|as)[ \\t]+${own}\\b|\\b(?:def[ \\t]+\\w+\\([^)]*|lambda[^:\\n]*)(?<![\\w.])${own}[ \\t]*[,:=)]|^[ \\t]+(?:from|import)\\b[^\\n]*\\b${own}\\b`
			: `\\b(?:let|var)\\s+${own}\\b|(?<![\\w$.])const\\s+(?:\\{[^}]*\\b${own}\\b[^}]*\\}|\\[[^\\]]*\\b${own}\\b[^\\]]*\\]|${own}\\b(?!\\s*=\\s*(?:async\\s*)?[(<]))|[(,]\\s*(?:\\{[^})]*)?${own}\\??\\s*(?::|=[^=>]|[,)][^;{}]*(?:=>|\\{\\s*$))|(?<![\\w$.])${own}\\s*=(?![=>])|\\b(?:vi|jest)\\.mock\\(`;
	return new RegExp(bound, "m").test(file.text);
}
