import { endOf, shellTexts, type ShellText } from "../shell/everywhere.ts";
import type { Command, Word } from "../shell/lexer.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS134",
	scope: "static",
	severity: "error",
	question: "Is what another shell or another machine is to expand kept from the shell that sends it?",
	why: "An unquoted here-document and a text in double quotes are filled in before they are sent: `$1` is the sender's argument, a variable that the text itself sets is empty.",
	example: "`ssh host bash -s -- \"$tag\" <<EOF` with `docker pull app:$1` below it: write <<'EOF'.",
	run(tree) {
		const scripts = shellTexts(tree).filter(
			({ text, file }) => SIGN.test(text) && standingOf(file.path) !== "vendored",
		);
		const powershell = tree.in("powershell").filter(({ text }) => /@"\r?\n/.test(text) && RUNS.test(text));
		return {
			looked: `${scripts.length + powershell.length} scripts that send text to another shell`,
			findings: [
				...scripts.flatMap((script) => script.commands.flatMap((command) => inCommand(script, command))),
				...powershell.flatMap(inPowershell),
			],
		};
	},
} satisfies StaticCheck;

const RUNS = /\b(?:ssh|plink|bash|sh|dash|zsh|docker|podman|kubectl|su|sudo|wsl|nsenter|chroot)\b/;
const SIGN = new RegExp(`<<-?\\s*\\w|${RUNS.source}[^\\n]*"`);

function inCommand(script: ShellText, command: Command): Found[] {
	const { words, heredoc } = command;
	const [first] = words;
	if (first === undefined) return [];
	const head = script.text.slice(first.start, heredoc?.start ?? endOf(command));
	if (heredoc !== undefined && /<<-?[ \t]*[\w]/.test(head)) return sent(script, command, heredoc, head);
	if (!/^(?:ssh|bash|sh|dash|zsh|docker|podman|kubectl|su|sudo|wsl|nsenter|chroot)$/.test(first.text)) return [];
	return words
		.filter((word, at) => isProgram(script, words, word, at))
		.flatMap((word) => {
			const text = script.text.slice(word.start + 1, word.end - 1);
			return emptied(script, { text, start: word.start + 1 }, "write it in single quotes, or \\$ before the variable");
		});
}

/** The text in double quotes that another shell is given as its program. */
function isProgram({ text }: ShellText, words: readonly Word[], word: Word, at: number): boolean {
	const raw = text.slice(word.start, word.end);
	const behindC = /^-\w*c$/.test(words[at - 1]?.text ?? "");
	return /^"[^]*"$/.test(raw) && (behindC || (words[0]!.text === "ssh" && at === words.length - 1 && at > 1));
}

interface Body {
	text: string;
	start: number;
}

const SHELL = /^(?:.*\/)?(?:bash|sh|dash|zsh|ksh)$/;

/** A here-document for a shell, or that makes a script or settings of nginx. */
function sent(script: ShellText, { words }: Command, body: Body, head: string): Found[] {
	const quote = `write ${/<<-?/.exec(head)![0]}'${/<<-?[ \t]*(\w+)/.exec(head)![1]!}'`;
	const runs = words.some(({ text }) => SHELL.test(text)) || words[0]!.text === "ssh";
	const at = words.findIndex(({ text }) => SHELL.test(text));
	const given = at === -1 ? [] : words.slice(at + 1).map(({ text }) => text);
	if (given[0] === "-s" && given.length > (given[1] === "--" ? 2 : 1)) {
		const own = new RegExp(String.raw`(?<!\\)\$(?:[1-9@*#]|\{[1-9@*#][^}]*\})`).exec(body.text);
		if (own !== null)
			return [
				{
					message: `${script.file.path} gives the other shell arguments, and fills in ${own[0]} itself before it sends the text`,
					evidence: [script.place(words[0]!.start), script.place(body.start + own.index)],
					fix: { say: quote },
				},
			];
	}
	if (runs || /^\s*#!/.test(body.text)) return emptied(script, body, quote);
	const nginx = /(?<!\\)\$(?:host|uri|request_uri|remote_addr|scheme|http_upgrade|proxy_add_x_forwarded_for)\b/.exec(
		body.text,
	);
	return nginx === null ||
		!/^\s*(?:proxy_pass|location|server_name|try_files)\b/m.test(body.text) ||
		isSet(script.text, nginx[0].slice(1))
		? []
		: [foundFor(script.file, script.place(body.start + nginx.index), nginx[0], "nginx is to fill in", quote)];
}

const ASSIGNED =
	/(?:^|[;&|({\n]|\b(?:do|then|else|local|export|readonly))[ \t]*([a-z]\w*)=|\bfor[ \t]+([a-z]\w*)[ \t]+in\b|\bread[ \t]+(?:-\w+[ \t]+)*([a-z]\w*)/g;

/** A variable that the text sets and uses, and that nothing around it sets. */
function emptied(script: ShellText, { text, start }: Body, say: string): Found[] {
	for (const { 1: given, 2: looped, 3: read } of text.matchAll(ASSIGNED)) {
		const name = (given ?? looped ?? read)!;
		const used = new RegExp(String.raw`(?<!\\)\$(?:${name}\b|\{${name}[}:#%/])`).exec(text);
		const fromOutside = new RegExp(String.raw`(?<!\\w)${name}=["']?\$\{?${name}\b`).test(text);
		if (
			used === null ||
			fromOutside ||
			isSet(script.text.slice(0, start) + script.text.slice(start + text.length), name)
		)
			continue;
		return [foundFor(script.file, script.place(start + used.index), used[0], "the text itself sets", say)];
	}
	return [];
}

const isSet = (text: string, name: string): boolean =>
	new RegExp(
		`(?<![\\w$])${name}=|\\bfor\\s+${name}\\b|\\b(?:read|local|declare|export|readonly|mapfile|getopts)\\b[^\\n;]*\\b${name}\\b|\\b(?:source|eval)\\s|^\\s*\\.\\s`,
		"m",
	).test(text);

const foundFor = (file: SourceFile, place: FilePlace, name: string, whose: string, say: string): Found => ({
	message: `${file.path} fills in ${name}, which ${whose}, before it sends the text: it is empty there`,
	evidence: [place],
	fix: { say },
});

/** `@"…"@ | ssh host bash`: PowerShell fills in what the other shell sets. */
const inPowershell = (file: SourceFile): Found[] =>
	file
		.matches(/^([^\n]*)@"\r?\n([^]*?)\r?\n"@([^\n]*)/gm)
		.flatMap(({ 0: all, 1: before, 2: text, 3: after, index }) => {
			if (!/\b(?:ssh|bash|sh|wsl)\b/.test(before! + after!) || isComment(file, index)) return [];
			const start = index + before!.length + all.slice(before!.length).indexOf("\n") + 1;
			for (const { 1: name } of text!.matchAll(/^[ \t]*([a-z]\w*)=/gm)) {
				const used = new RegExp(`(?<!\`)\\$(?:${name}\\b|\\{${name}\\})`, "i").exec(text!);
				if (used !== null && !new RegExp(`\\$(?:script:|global:)?${name}\\b`, "i").test(file.text.replace(all, "")))
					return [foundFor(file, file.placeAt(start + used.index), used[0], "the text itself sets", "write @' and '@")];
			}
			return [];
		});
