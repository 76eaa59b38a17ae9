import { dockerfilesOf, scriptOf } from "../dockerfile/model.ts";
import { shellScriptOf, type Command } from "../shell/lexer.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const FETCH = /^(?:curl|wget|aria2c|http)$/;
const RUNS = /^(?:(?:ba|da|z|k)?sh|python[\d.]*|perl|ruby|node|php)$/;
const LOCAL = /\b(?:localhost|127\.0\.0\.1|\[::1\])\b|file:\/\//;
const POWERSHELL =
	/\b(?:iwr|irm|Invoke-WebRequest|Invoke-RestMethod|DownloadString)\b[^\n#]*\|\s*(?:iex|Invoke-Expression)\b|\b(?:iex|Invoke-Expression)\b[^\n#]*\b(?:DownloadString|iwr|irm|Invoke-WebRequest|Invoke-RestMethod)\b/i;

export default {
	code: "TS313",
	scope: "static",
	severity: "warning",
	question: "Is nothing that was just downloaded run unseen?",
	why: "An installer from the network is another program tomorrow: it puts its files elsewhere, or does what nobody has read, and no build can be repeated.",
	example:
		"`curl -fsSL https://example.org/install.sh | sh` → download a fixed version, check its sha256, then install it; or COPY --from an image by digest.",
	run(tree) {
		const models = dockerfilesOf(tree).filter(({ file }) => !isAside(file.path));
		const scripts = tree.in("shell").filter((file) => !isAside(file.path) && file.has(/\b(?:curl|wget)\b/));
		const windows = tree.in("powershell", "batch").filter(({ path }) => !isAside(path));
		const findings = [
			...models.flatMap(({ file, steps }) =>
				steps
					.filter(({ keyword }) => keyword === "RUN")
					.flatMap((step) => inCommands(file, scriptOf(step).commands, step.rest, step.restAt)),
			),
			...scripts.flatMap((file) => inCommands(file, shellScriptOf(file).commands, file.text, 0)),
			...windows.flatMap((file) =>
				file.lines.flatMap((line, index) =>
					POWERSHELL.test(line) && !/^\s*(?:#|::|rem\b|Write-)/i.test(line) ? [found(file, file.place(index + 1))] : [],
				),
			),
		];
		return { looked: `${models.length} Dockerfiles and ${scripts.length + windows.length} scripts`, findings };
	},
} satisfies StaticCheck;

function inCommands(file: SourceFile, commands: readonly Command[], text: string, from: number): Found[] {
	const seen = new Set<number>();
	return commands.flatMap((command, index): Found[] => {
		const names = command.words.map((word) => word.text.split("/").at(-1)!);
		const program = names.find((name) => !/^(?:sudo|env|-\w+|\w+=.*)$/.test(name)) ?? "";
		const before = commands[index - 1];
		const piped =
			command.before === "|" &&
			RUNS.test(program) &&
			before !== undefined &&
			fetches(before, text) &&
			!scriptGiven(command, program);
		const raw = text.slice(command.words[0]?.start ?? 0, command.words.at(-1)?.end ?? 0);
		const inside =
			(RUNS.test(program) || program === "eval" || program === "source" || program === ".") &&
			/(?:\$\(|<\(|`)\s*(?:curl|wget)\b/.test(raw) &&
			!LOCAL.test(raw);
		if ((!piped && !inside) || command.words.length === 0) return [];
		const at = from + (piped ? before.words[0]! : command.words[0]!).start;
		if (seen.has(at)) return [];
		seen.add(at);
		return [found(file, file.placeAt(at))];
	});
}

const fetches = ({ words }: Command, text: string): boolean =>
	words.some(({ text: word }) => FETCH.test(word)) && !LOCAL.test(text.slice(words[0]!.start, words.at(-1)!.end));

/** `curl … | python3 -c '…'`: the program is here, and what is downloaded is its data. */
const scriptGiven = ({ words }: Command, program: string): boolean => {
	const rest = words.slice(words.findIndex(({ text }) => text.endsWith(program)) + 1).map(({ text }) => text);
	if (program.endsWith("sh"))
		return rest.some((word) => word === "-c") || (rest[0] !== undefined && !rest[0].startsWith("-"));
	return (
		rest.some((word) => /^-(?:\w*[cem]|n\w*|p\w*)$/.test(word)) ||
		(rest[0] !== undefined && rest[0] !== "-" && !rest[0].startsWith("-"))
	);
};

const found = (file: SourceFile, place: Found["evidence"][0]): Found => ({
	message: `${file.path} runs a program straight from the network`,
	evidence: [place],
	fix: { say: "download a fixed version, compare its sha256, then run it; in an image COPY --from an image by digest" },
});
