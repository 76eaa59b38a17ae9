import type { KnownCall } from "./known-calls.ts";

/** Who turns something round does so on purpose. */
export const TURNS =
	/swap|flip|revers|invert|inverse|rotat|transpos|mirror|compar|cmp|diff|distance|equal|undo|revert|rollback|roll_back|restor|exchange|symm|commut|backward|opposite|sort/i;
/** Names of which either may come first. */
export const EVEN =
	/^(?:\w|left|right|lhs|rhs|first|second|one|other|this|that|self|start|end|min|max|lo|hi|low|high)$/i;

/** The name of the function around a call, and what is noted beside the call. */
export function around({ file, at }: Pick<KnownCall, "at" | "file">): string {
	const before = file.text.slice(0, at);
	const heads = [
		...before
			.slice(-6000)
			.matchAll(/\b(?:def|function)\s+(\w+)|\b(\w+)\s*(?:=\s*(?:async\s*)?)?\([^()]*\)[^;\n]*(?:=>|\{)\s*$/gm),
	];
	const head = heads.at(-1);
	return `${head?.[1] ?? head?.[2] ?? ""} ${/(?:#|\/\/).*$/.exec(file.lines[file.lineAt(at) - 1] ?? "")?.[0] ?? ""}`;
}
