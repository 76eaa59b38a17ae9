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
	const inside = commands.filter((command) => command.words[0]!.start < end);
	const eater = inside.find((command) => eats(script, command));
	const called = eater === undefined ? calledIn(script, inside) : undefined;
	const one = eater ?? called?.eater;
	if (one === undefined) return [];
	const [program, right] = nameOf(one)!;
	const where = called === undefined ? "" : ` of ${called.name}, which is called`;
	return [
		{
			message: `${script.file.path}: \`${program}\`${where} in a loop of \`read\` takes the rest of its lines, and the loop ends after the first`,
			evidence: [
				script.place(one.words[0]!.start),
				...(called === undefined ? [] : [script.place(called.call.words[0]!.start)]),
			],
			fix: { say: `write ${right}` },
		},
	];
}

const FUNCTION = /^([ \t]*)(?:function[ \t]+)?([\w-]+)[ \t]*(?:\(\))?[ \t]*\{[ \t]*(?:#.*)?\n[^]*?^\1\}([^\n]*)/gm;

/** A function of the script that the loop calls with its own input, and what in it reads that. */
function calledIn(script: ShellText, inside: readonly Command[]) {
	for (const { 0: body, 2: name, 3: behind, index } of script.text.matchAll(FUNCTION)) {
		const call = inside.find(
			(command) => argumentsOf(command)[0]?.text === name && hasLoopsInput(script, command) && !/</.test(behind!),
		);
		if (call === undefined) continue;
		const eater = plainCommands(script).find(
			(command) =>
				command.words[0]!.start > index &&
				command.words[0]!.start < index + body.length &&
				eats(script, command) &&
				// A loop of its own, that reads something else.
				!/<(?![<(=])/.test(body.slice(command.words[0]!.start - index).replace(/^[^\n]*\n/, "")),
		);
		if (eater !== undefined) return { name: name!, call, eater };
	}
	return undefined;
}

/** It reads what nobody gave it. */
const eats = (script: ShellText, command: Command): boolean =>
	nameOf(command) !== undefined && hasLoopsInput(script, command);

function hasLoopsInput(script: ShellText, command: Command): boolean {
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
	return !/<&-|<\s*\/dev\/null|<<</.test(line);
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
