export interface KnownCommand {
	flags: readonly { name: string; char?: string | undefined; aliases?: string[] | undefined }[];
}

/** Lines of indented and fenced code: what a person types, from top to bottom. */
export const typedLines = (text: string): string[] =>
	[...text.matchAll(/^ {4}(\S.*)$|^```\w*\n([\s\S]*?)^```$/gm)].flatMap(([, line, fenced]) =>
		line === undefined ? fenced!.split("\n") : [line],
	);

/** Text in code spans of prose and tables. */
export const codeSpans = (text: string): string[] =>
	[...text.replaceAll(/^ {4}\S.*$|^```\w*\n[\s\S]*?^```$/gm, "").matchAll(/`([^`\n]+)`/g)].map(([, span]) => span!);

const codeOf = (text: string): string[] =>
	[...codeSpans(text), ...typedLines(text)].map((code) => code.replaceAll("\\|", "|"));

/** The folders and files at the top of the repository that documents name. */
const TOP =
	/^(?:(?:src|images|rehearsal|test|scripts|docs|bin|\.ci|\.github)\/|Dockerfile|[a-z.]+\.(?:schema\.json|config\.[jt]s)$)/;

/** Paths of this repository in code spans, without line numbers, and targets of relative links, without anchors. */
export function namedPaths(text: string): { path: string; linked: boolean }[] {
	const spans = [...text.matchAll(/`([^`\s]+)`/g)].map(([, span]) => span!.replace(/:\d+$/, ""));
	const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!.replace(/#.*$/, ""));
	return [
		...spans.filter((span) => TOP.test(span)).map((path) => ({ path, linked: false })),
		...links.filter((target) => target !== "" && !/^\w+:/.test(target)).map((path) => ({ path, linked: true })),
	];
}

/** What follows `cres` in each command line; `a|b` gives one line for each. Comments are left out. */
export const commandLines = (text: string): string[] =>
	codeOf(text).flatMap((code) => {
		const line = /^cres ([a-z-].*)$/.exec(code.replace(/ +#.*$/, ""))?.[1];
		return line === undefined ? [] : alternatives(line.trim());
	});

function alternatives(line: string): string[] {
	const choice = /(?<=^|\s)[a-z-]+(?:\|[a-z-]+)+(?=\s|$)/.exec(line)?.[0];
	return choice === undefined ? [line] : choice.split("|").map((one) => line.replace(choice, one));
}

/** Names of package.json's scripts that a text runs. */
export const scriptNames = (text: string): string[] =>
	[...text.matchAll(/npm run ([a-z](?:[\w:-]*\w)?)/g)].map(([, name]) => name!);

/** What is wrong with a command line: no such command, or a flag that the command does not have. */
export function commandFaults(
	line: string,
	commands: ReadonlyMap<string, KnownCommand>,
	topics: ReadonlySet<string>,
): string[] {
	const words = line.split(/\s+/);
	const name = [3, 2, 1].map((length) => words.slice(0, length).join(" ")).find((one) => commands.has(one));
	if (name === undefined) {
		const known = words[0]!.startsWith("-") || words[0] === "help" || topics.has(line);
		return known ? [] : [`cres ${line}: no such command`];
	}
	const flags = commands
		.get(name)!
		.flags.flatMap(({ name: long, char, aliases = [] }) => [
			...[long, ...aliases].map((one) => `--${one}`),
			`-${char ?? "-"}`,
		]);
	const given = line.matchAll(/(?<=^|[\s[])(?:--[a-z][a-z-]*|-[a-z])(?=[\s\]=|]|$)/g);
	return [...given]
		.map(([flag]) => flag)
		.filter((flag) => ![...flags, "--help", "-h", "--json"].includes(flag))
		.map((flag) => `cres ${name}: no flag ${flag}`);
}
