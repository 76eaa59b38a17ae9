import { endOf, loopEnd, plainCommands, shellTexts, type ShellText } from "../shell/everywhere.ts";
import type { Command } from "../shell/script.ts";
import { argumentsOf } from "../workflows/script.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS263",
	scope: "static",
	severity: "error",
	question: "Does a loop that reads lines keep its input from the programs in it?",
	why: "ssh, ffmpeg and `docker exec -i` read the rest of the list themselves: the loop ends after its first line, without an error.",
	example: '`while read -r host; do ssh "$host" uptime; done < hosts`: write `ssh -n`, or `ssh … < /dev/null`.',
	run(tree) {
		const texts = shellTexts(tree).filter(({ text }) => /\bwhile\b[^]*\bread\b/.test(text));
		return { looked: `${texts.length} scripts that read lines`, findings: texts.flatMap(inText) };
	},
} satisfies StaticCheck;

function inText(script: ShellText): Found[] {
	const commands = plainCommands(script);
	let loops = 0;
	return commands.flatMap((command, index): Found[] => {
		const names = command.words.map(({ text }) => text);
		const at = names.findIndex((text) => !/^\w+=/.test(text));
		// A descriptor of its own: `read -u 3`, `read line <&3`.
		if (names[at] !== "read" || names.some((text) => /^-\w*u/.test(text)) || command.before !== "keyword") return [];
		const start = command.words[0]!.start;
		const loop = /\bwhile[ \t]+$/.test(script.text.slice(Math.max(0, start - 8), start));
		if (!loop || /^[^\n;]*<&/.test(script.text.slice(endOf(command), endOf(command) + 20))) return [];
		loops += 1;
		const end = loops > 50 ? undefined : loopEnd(script, start);
		return end === undefined ? [] : eatersIn(script, commands.slice(index + 1), end);
	});
}

function eatersIn(script: ShellText, commands: readonly Command[], end: number): Found[] {
	if (/^[ \t]*\d<|^[ \t]*[^\n]*\b[3-9]<[ \t]*/.test(script.text.slice(end, end + 80))) return [];
	const eater = commands.find((command) => command.words[0]!.start < end && eats(script, command));
	if (eater === undefined) return [];
	const [program, right] = nameOf(eater)!;
	return [
		{
			message: `${script.file.path}: \`${program}\` in a loop of \`read\` takes the rest of its lines, and the loop ends after the first`,
			evidence: [script.place(eater.words[0]!.start)],
			fix: { say: `write ${right}` },
		},
	];
}

/** It reads what nobody gave it. */
function eats(script: ShellText, command: Command): boolean {
	const { reads, before, heredoc } = command;
	const rest = script.text.slice(endOf(command), endOf(command) + 40);
	if (
		reads.length > 0 ||
		heredoc !== undefined ||
		before === "|" ||
		/^[^\n;&|]*<(?:<<|&|\s*\/dev\/null|\s*")/.test(rest)
	)
		return false;
	const line = script.text.slice(command.words[0]!.start, endOf(command) + 40).split("\n")[0]!;
	return !/<&-|<\s*\/dev\/null|<<</.test(line) && nameOf(command) !== undefined;
}

function nameOf(command: Command): [program: string, right: string] | undefined {
	const [name = "", ...rest] = argumentsOf(command).map(({ text }) => text);
	const flags = rest.filter((text) => text.startsWith("-"));
	const host = rest.find((text) => !text.startsWith("-"));
	if (name === "ssh")
		return flags.some((text) => /^-[A-Za-z]*[nfGOQTV]/.test(text) && /[nfGOQV]/.test(text)) || host === undefined
			? undefined
			: ["ssh", "ssh -n"];
	if (name === "ffmpeg")
		return flags.includes("-nostdin") || flags.includes("-version") ? undefined : ["ffmpeg", "ffmpeg -nostdin"];
	const interactive = flags.some((text) => /^-(?:i|it|ti)$|^--interactive$/.test(text));
	return /^(?:docker|podman|kubectl)$/.test(name) && /^(?:exec|run)$/.test(host ?? "") && interactive
		? [`${name} ${host} -i`, `${name} ${host} without -i`]
		: undefined;
}
