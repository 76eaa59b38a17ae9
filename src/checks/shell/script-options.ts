import type { SourceFile } from "../tree/source-file.ts";

/** What a script takes with `-`. */
export interface Options {
	/** `--image`, `-v`; `--tag=` where it is read with `=`. */
	names: ReadonlyMap<string, { takesValue: boolean }>;
	/** Letters of getopts. */
	letters: string;
	/** Where they are read. */
	at: number;
}

const REFUSES = /\b(?:usage|exit|die|fatal|fail|error|err|abort|return[ \t]+[1-9]|help|panic|unknown)\b/i;
/** `--image | -i)` with what it does. */
const BRANCH =
	/^[ \t]*\(?[ \t]*(["']?-{1,2}[A-Za-z?][\w-]*=?["']?\*?["']?(?:[ \t]*\|[ \t]*["']?-{1,2}[A-Za-z?][\w-]*=?["']?\*?["']?)*)[ \t]*\)([^]*?)(?:;;|\besac\b)/gm;
const DEFAULT =
	/^[ \t]*\(?[ \t]*(?:-\*|--\*|-\?\*|\*|-\*[ \t]*\|[ \t]*--\*|--\*[ \t]*\|[ \t]*-\*)[ \t]*\)([^]*?)(?:;;|\besac\b)/gm;

/** The options of a script that refuses all others; undefined where it takes any, or none. */
export function optionsOf({ text }: SourceFile): Options | undefined {
	const getopts = /\bgetopts[ \t]+["']?:?([A-Za-z:?]+)["']?/.exec(text);
	const names = new Map<string, { takesValue: boolean }>();
	let first: number | undefined;
	for (const { 1: patterns, 2: body, index } of text.matchAll(BRANCH))
		for (const name of patterns!.replaceAll(/["'*\s]/g, "").split("|")) {
			first ??= index;
			names.set(name, { takesValue: /\bshift[ \t]+2\b|\$\{?2\b|\bshift\b[^]*\bshift\b/.test(body!) });
		}
	if (getopts !== null && names.size === 0)
		return { names, letters: getopts[1]!.replaceAll(":", ""), at: getopts.index };
	if (first === undefined || getopts !== null || /\bgetopt[ \t]/.test(text)) return undefined;
	const rest = [...text.matchAll(DEFAULT)].filter(({ index }) => index > first);
	// What another branch passes on is somebody else's to refuse.
	const refuses =
		rest.some(({ 1: body }) => REFUSES.test(body!)) &&
		!rest.some(({ 1: body }) => /\bbreak\b|\+=|"\$@"|\$\*/.test(body!) && !REFUSES.test(body!));
	return refuses ? { names, letters: "", at: first } : undefined;
}
