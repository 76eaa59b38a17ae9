import type { Found } from "../triage-check.ts";
import { plainCommands, type ShellText } from "./everywhere.ts";
import type { Command } from "./script.ts";

/** `ls -t | head -n 5 | xargs rm`: the newest stand first. */
export function newestRemoved(script: ShellText): Found[] {
	if (!/\bls\b[^\n|]*-\w*t[^]*\|[^]*\brm\b/.test(script.text)) return [];
	const commands = plainCommands(script);
	return commands.flatMap((list, index): Found[] => {
		const [cut, remove] = commands.slice(index + 1);
		const options = list.words
			.filter(({ text }) => /^-[A-Za-z1]+$/.test(text))
			.map(({ text }) => text)
			.join("");
		if (list.words[0]!.text !== "ls" || !options.includes("t") || cut?.before !== "|" || remove?.before !== "|")
			return [];
		if (remove.words[0]!.text !== "xargs" || !remove.words.some(({ text }) => text === "rm")) return [];
		const newestFirst = !options.includes("r");
		const way = takes(cut);
		if (way === undefined || (way === "first" || way === "all but the last") !== newestFirst) return [];
		return [
			{
				message: `${script.file.path} removes the newest files: \`${list.words
					.map(({ text }) => text)
					.join(" ")
					.slice(
						0,
						40,
					)}\` lists ${newestFirst ? "the newest first" : "the oldest first"}, and \`${cut.words.map(({ text }) => text).join(" ")}\` takes ${way}`,
				evidence: [script.place(cut.words[0]!.start)],
				fix: { say: newestFirst ? "write `tail -n +$((KEEP + 1))` for it" : "write `head -n -KEEP` for it" },
			},
		];
	});
}

/** Which lines `head` or `tail` lets through. */
function takes({ words }: Command): string | undefined {
	const [name, ...rest] = words.map(({ text }) => text);
	const count = rest
		.join(" ")
		.replace(/^(?:-n[ =]?|--lines[ =])/, "")
		.replace(/^-(?=\d+$)/, rest[0]?.startsWith("-n") ? "-" : "");
	if (name === "head") return count.startsWith("-") ? "all but the last" : "first";
	if (name === "tail") return count.startsWith("+") ? "all but the first" : "last";
	return undefined;
}
