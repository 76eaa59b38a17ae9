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

/** A command that has commands of its own. */
export interface Topic {
	name: string;
	commands: Commands;
}

const GROUP =
	/^@(\w+)\.group\(\s*(?:(?:name\s*=\s*)?["']([\w-]+)["'])?[^\n]*\n(?:[@ \t)\]}][^\n]*\n)*(?:async )?def (\w+)/gm;
const COMMAND =
	/^@(\w+)\.command\(\s*(?:(?:name\s*=\s*)?["']([\w-]+)["'])?[^\n]*\n(?:[@ \t)\]}][^\n]*\n)*(?:async )?def (\w+)/gm;
const JOINED = /^(\w+)\.add_typer\(\s*(\w+)\s*,[^)\n]*\bname\s*=\s*["']([\w-]+)["']/gm;

/** Groups of click and typers of one file below its one program, one deep; undefined where some are elsewhere. */
export function pythonTopics(text: string): { root: Commands; topics: Topic[] } | undefined {
	if (!/\.group\(|\.add_typer\(/.test(text) || /add_command|cls\s*=|alias/i.test(text)) return undefined;
	const joined = [...text.matchAll(JOINED)];
	if (joined.length !== (text.match(/\.add_typer\(/g)?.length ?? 0)) return undefined;
	const groups = [
		...[...text.matchAll(GROUP)].map(([, parent, named, called]) => ({
			parent: parent!,
			own: called!,
			name: named ?? called!.replaceAll("_", "-"),
		})),
		...joined.map(([, parent, own, name]) => ({ parent: parent!, own: own!, name: name! })),
	];
	const commands = [...text.matchAll(COMMAND)].map(({ 1: group, 2: named, 3: called, index }) => ({
		...{ group: group!, name: named ?? called!.replaceAll("_", "-"), at: index },
	}));
	const inside = new Set(groups.filter(({ parent }) => parent !== "click").map(({ own }) => own));
	const roots = new Set([
		...groups.map(({ parent, own }) => (parent === "click" ? own : parent)),
		...commands.map(({ group }) => group),
	]);
	const [root, ...others] = [...roots].filter((one) => !inside.has(one));
	if (root === undefined || others.length > 0 || commands.length === 0) return undefined;
	const of = (group: string): Commands => ({
		names: [
			...commands.filter((one) => one.group === group).map(({ name }) => name),
			...groups.filter(({ parent }) => parent === group).map(({ name }) => name),
		],
		at: commands.find((one) => one.group === group)?.at ?? commands[0]!.at,
	});
	const topics = groups.filter(({ parent }) => parent === root).map(({ name, own }) => ({ name, commands: of(own) }));
	return { root: of(root), topics: topics.filter(({ commands: { names } }) => names.length > 0) };
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
