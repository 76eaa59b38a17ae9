import type { SourceFile } from "../tree/source-file.ts";

/** The subcommands of a program, and where the first is defined. */
export interface Commands {
	names: string[];
	at: number;
}

/** Subparsers of argparse, commands of click and typer; undefined where some may be of another file, or are computed. */
export function pythonCommands(file: SourceFile): Commands | undefined {
	const { text } = file;
	if (file.has(/\.add_parser\(/)) {
		// What is computed may be any word; one that comes from a list of the file has its words there.
		const listed = [...text.matchAll(/\bfor\s+\w+(?:\s*,\s*\w+)*\s+in\s+[([{]([^)\]}]*)[)\]}]/g)].flatMap(
			([, inside]) => [...inside!.matchAll(/["']([a-z][\w-]*)["']/g)].map(([, one]) => one!),
		);
		const calls = [...text.matchAll(/\.add_parser\(\s*(?:["']([\w:-]+)["']|(\w+))/g)];
		const aliases = [...text.matchAll(/\baliases\s*=\s*[[(]([^\])]*)/g)].flatMap(([, inside]) =>
			[...inside!.matchAll(/["']([\w-]+)["']/g)].map(([, one]) => one!),
		);
		if (calls.some(([, literal]) => literal === undefined) && listed.length === 0) return undefined;
		if ((text.match(/add_subparsers\(/g)?.length ?? 0) !== 1) return undefined;
		return { names: [...calls.flatMap(([, one]) => one ?? []), ...listed, ...aliases], at: calls[0]!.index };
	}
	const decorated = file.matches(
		/^@(\w+)\.command\(\s*(?:(?:name\s*=\s*)?["']([\w-]+)["'])?[^\n]*\n(?:[@ \t)\]}][^\n]*\n)*(?:async )?def (\w+)/gm,
	);
	const groups = new Set(decorated.map(([, group]) => group));
	if (
		decorated.length === 0 ||
		groups.size > 1 ||
		/add_typer|add_command|\.group\(\)[^]*\.group\(\)|cls\s*=/.test(text)
	)
		return undefined;
	return {
		names: decorated.map(([, , named, called]) => named ?? called!.replaceAll("_", "-")),
		at: decorated[0]!.index,
	};
}

/** Commands of commander and yargs. */
export function scriptCommands(file: SourceFile): Commands | undefined {
	const { text } = file;
	const calls = file.matches(/\.command\(\s*["'`]([a-z][\w-]*)[^"'`]*["'`]/g);
	if (calls.length === 0 || !/\b(?:commander|yargs|cac|sade)\b/.test(text)) return undefined;
	if (/addCommand\(|commandDir\(|\.command\(\s*(?!["'`])\S|\.command\(\w|import\([^"']/.test(text)) return undefined;
	const aliases = [...text.matchAll(/\.alias(?:es)?\(\s*\[?([^)\]]*)/g)].flatMap(([, inside]) =>
		[...inside!.matchAll(/["'`]([\w-]+)["'`]/g)].map(([, one]) => one!),
	);
	return { names: [...calls.map(([, one]) => one!), ...aliases, "help"], at: calls[0]!.index };
}
