import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";

/** A name of one word: in the code of a document, or behind a prompt. */
export function isShown(file: SourceFile, at: number): boolean {
	const before = file.text.slice(file.text.lastIndexOf("\n", at - 1) + 1, at);
	if (file.language !== "markdown") return /(?:`|\$ )$/.test(before);
	if ((before.match(/`/g)?.length ?? 0) % 2 === 1) return before.endsWith("`") || /(?:&&|\||;|\$)\s*$/.test(before);
	const fence = [...file.text.slice(0, at).matchAll(/^[ \t]*(?:```|~~~)([\w-]*)/gm)].at(-1);
	return (
		kindAt(file, at) === "code" && /^(?:|sh|bash|shell|zsh|console|powershell|pwsh|ps1|bat|cmd)$/.test(fence?.[1] ?? "")
	);
}

/** Where a script, a recipe or a list of commands begins one. */
export const isTyped = ({ text }: SourceFile, at: number): boolean =>
	/^[ \t]*$|(?:[`(>@|]|&&|\|\||;|\$)[ \t]*$|\b(?:exec|sudo|then|do|else|env|RUN|run:|script:|command:|ExecStart\w*=|-[ \t])[ \t]*["']?$|\w+=\S+[ \t]+$/.test(
		text.slice(text.lastIndexOf("\n", at - 1) + 1, at),
	);
