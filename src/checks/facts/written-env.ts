import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { standingOf } from "./standing.ts";

/** The environment that a script writes out for a program: lines of a here-document, or of a text over several lines. */
export interface WrittenEnv {
	file: SourceFile;
	/** Each with its line, counted from 1. */
	names: ReadonlyMap<string, number>;
}

const FEWEST = 4;
/** What begins a text over several lines: `<<EOF`, `@"`, `"""`. */
const OPENS = /<<-?[ \t]*["'\\]?\w+["']?[^\n]*$|@["'][ \t]*$|(?:"""|'''|`)\\?$/;
const LINE = /^[ \t]*(?:export[ \t]+)?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)=/;

/** Blocks of `NAME=value` lines and nothing else, right below what begins a text. */
export const writtenEnvs = (tree: Tree): WrittenEnv[] =>
	tree.files.flatMap((file) => {
		const isCode = /^(?:shell|powershell|python|javascript|yaml)$/.test(file.language);
		if (!isCode || standingOf(file.path) !== "live" || !file.has(/<<|@["']|"""|'''|`/)) return [];
		return file.lines.flatMap((line, index): WrittenEnv[] => {
			if (!OPENS.test(line.trimEnd()) || !LINE.test(file.lines[index + 1] ?? "")) return [];
			const names = namesFrom(file, index + 1);
			return names === undefined || names.size < FEWEST ? [] : [{ file, names }];
		});
	});

/** Undefined where another line stands among them. */
function namesFrom({ lines }: SourceFile, from: number): Map<string, number> | undefined {
	const found = new Map<string, number>();
	for (let at = from; at < lines.length; at += 1) {
		const line = lines[at]!;
		const name = LINE.exec(line)?.[1];
		if (name !== undefined) found.set(name, at + 1);
		else if (/^[ \t]*(?:\w+|["']@.*|"""\)?.*|'''\)?.*|`.*)[ \t]*\r?$/.test(line)) return found;
		else if (!/^[ \t]*(?:#.*)?\r?$/.test(line)) return undefined;
	}
	return found;
}
