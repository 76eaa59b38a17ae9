import { plainCommands, shellTexts, type ShellText } from "../shell/everywhere.ts";
import type { Command } from "../shell/script.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS266",
	scope: "static",
	severity: "warning",
	question: "Does every redirection put the output where it shall be?",
	why: "`2>&1 > log` sends the errors to the terminal and not into the log; `sudo echo … > /etc/x` writes as the caller, who may not.",
	example: "`backup.sh 2>&1 >> /var/log/backup.log`: write `>> /var/log/backup.log 2>&1`.",
	run(tree) {
		const texts = shellTexts(tree);
		const findings = texts.flatMap((script) => [...order(script), ...rights(script)]);
		return { looked: `${texts.length} scripts, steps, recipes and lines of cron`, findings };
	},
} satisfies StaticCheck;

const TURNED = /(?<![\d&])2>&1[ \t]+1?(>>?)(?!&)[ \t]*(?!["']?\/dev\/(?:null|tty|fd))["']?[\w$/{~.-][^\s;|&)]*/;

/** Also the swap that a pipe wants: `2>&1 > file | grep`. */
const isTurned = (text: string): boolean => {
	const found = TURNED.exec(text);
	return found !== null && !/^[^\n;&]*\|/.test(text.slice(found.index + found[0].length).split("\n")[0]!);
};

const turned = (path: string, place: FilePlace): Found => ({
	message: `${path} sends errors where the output went before, and not into the file: \`2>&1\` stands before \`>\``,
	evidence: [place],
	fix: { say: "write the file first: > FILE 2>&1" },
});

function order(script: ShellText): Found[] {
	if (!TURNED.test(script.text)) return [];
	return plainCommands(script).flatMap((command): Found[] => {
		const start = command.words[0]!.start;
		const end = Math.max(...[...command.words, ...command.writes].map((one) => one.end));
		const rest = script.text.slice(end).split("\n")[0]!;
		return command.writes.length > 0 &&
			isTurned(script.text.slice(start, end) + rest) &&
			TURNED.test(script.text.slice(start, end))
			? [turned(script.file.path, script.place(start))]
			: [];
	});
}

const ROOTS = /^["']?\/(?:etc|usr|opt|lib|boot|root|sys|proc\/sys|var\/(?:lib|log))\//;

/** The shell of the caller opens the file, and not sudo. */
const rights = (script: ShellText): Found[] =>
	script.kind === "run"
		? []
		: plainCommands(script).flatMap((command): Found[] => {
				const target = command.writes.find(({ text }) => ROOTS.test(text));
				if (
					target === undefined ||
					!isSudo(command) ||
					/\bsudo\s+(?:-\S+\s+)*(?:ba)?sh\b|EUID|id -u/.test(script.text.slice(0, command.words[0]!.start).slice(-400))
				)
					return [];
				return [
					{
						message: `${script.file.path} writes ${target.text} with the caller's rights: sudo is for \`${command.words[1]!.text}\` alone, and not for the redirection`,
						evidence: [script.place(command.words[0]!.start)],
						fix: { say: `write … | sudo tee ${target.text} > /dev/null` },
					},
				];
			});

const isSudo = ({ words }: Command): boolean =>
	words[0]!.text === "sudo" && /^(?:echo|printf|cat|sed|awk|tee|date|grep|envsubst|jq)$/.test(words[1]?.text ?? "");
