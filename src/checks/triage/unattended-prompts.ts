import { installOf } from "../dockerfile/install.ts";
import { editAt } from "../facts/found.ts";
import { unattendedIn, type Unattended } from "../launch/unattended.ts";
import { parseShell, type Command } from "../shell/lexer.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { Fix, Found, StaticCheck } from "../triage-check.ts";
import { argumentsOf } from "../workflows/script.ts";

/** It asks only where somebody can answer. */
const ASKS_FIRST = /\[\[?\s+!?\s*-t\s+[012]\b|\btty\s+-s\b|\bCI\b.*(?:exit|return)|NONINTERACTIVE|ASSUME_YES/;
const YES = /^(?:-[a-zA-Z]*y[a-zA-Z]*|--yes|--assume-?yes|-qq|--assumeyes|--noninteractive|--non-interactive)$/;

export default {
	code: "TS112",
	scope: "static",
	severity: "error",
	question: "Does no script that runs without a person wait for an answer?",
	why: "Nobody types it: the command reads the end of its input, and the build, the boot or the job stops there, or hangs.",
	example: "`apt-get install ffmpeg` in the script that the Dockerfile runs; write `apt-get install -y ffmpeg`.",
	run(tree) {
		const scripts = unattendedIn(tree).filter(({ file }) => !isAside(file.path) && !isTest(file.path));
		return { looked: `${scripts.length} scripts that run without a person`, findings: scripts.flatMap(inScript) };
	},
} satisfies StaticCheck;

function inScript(script: Unattended): Found[] {
	const { file, by } = script;
	if (file.has(ASKS_FIRST)) return [];
	const { commands } = parseShell(file.text);
	return commands.flatMap((command, index): Found[] => {
		const piped = command.before === "|" || command.reads.length > 0 || command.heredoc !== undefined;
		const asks = piped || command.words.some(({ text }) => text === "<<<") ? undefined : promptOf(command, script);
		if (asks === undefined || /^(?:yes|echo|printf)$/.test((piped && commands[index - 1]?.words[0]?.text) || ""))
			return [];
		const at = command.words[0]!.start;
		const where = by === undefined ? "which runs at boot" : `which ${by.file.path} runs`;
		return [
			{
				message: `\`${asks.what}\` of ${file.path}, ${where}, waits for an answer that nobody gives`,
				evidence: [file.placeAt(at), ...(by === undefined ? [] : [by.file.place(by.line)])],
				fix: { say: asks.say, ...withYes(script, command, asks.yes) },
			},
		];
	});
}

interface Prompt {
	what: string;
	say: string;
	/** The word to put `-y` behind. */
	yes?: string;
}

function promptOf(command: Command, { file, bare }: Unattended): Prompt | undefined {
	const words = argumentsOf(command);
	const [name = "", ...rest] = words.map(({ text }) => text);
	// What a variable holds may be the option.
	if (words.slice(1).some(({ dynamic, quoted, text }) => dynamic && (!quoted || /\[@\]/.test(text)))) return undefined;
	const install = installOf(command);
	if (install?.tool === "apt" && bare && !file.has(YES_ALWAYS) && !rest.some((one) => YES.test(one)))
		return { what: install.called, say: `write ${install.called} -y`, yes: "install" };
	if (/^(?:yum|dnf|conda|mamba)$/.test(name) && rest[0] === "install" && !rest.some((one) => YES.test(one)))
		return { what: `${name} install`, say: `write ${name} install -y`, yes: "install" };
	if (/^pip[\d.]*$/.test(name) && rest[0] === "uninstall" && !rest.some((one) => YES.test(one)))
		return { what: `${name} uninstall`, say: `write ${name} uninstall -y`, yes: "uninstall" };
	if (name === "read" && rest.some((one) => /^-[a-z]*p/.test(one)) && !rest.some((one) => /^-[a-z]*t/.test(one)))
		return { what: "read -p", say: "take the answer from an option or the environment, with a default" };
	if (name === "docker" && rest[0] === "login" && !rest.some((one) => /^(?:-p|--password)/.test(one)))
		return { what: "docker login", say: "write docker login --username … --password-stdin, and give it the token" };
	if (
		name === "terraform" &&
		rest[0] === "apply" &&
		!rest.some((one) => /auto-approve|^-input=false|\.tfplan$|plan$/.test(one))
	)
		return { what: "terraform apply", say: "write terraform apply -auto-approve, or apply a saved plan" };
	return undefined;
}

const YES_ALWAYS = /APT::Get::Assume-Yes|\bapt-get\(\)|\balias apt/;

function withYes({ file }: Unattended, { words }: Command, after: string | undefined): Pick<Fix, "edit"> {
	const word = words.find(({ text, quoted }) => text === after && !quoted);
	return after === undefined || word === undefined ? {} : editAt(file, word.start, after, `${after} -y`);
}
