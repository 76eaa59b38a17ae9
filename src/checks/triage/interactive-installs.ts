import { isPlain, rootOf } from "../dockerfile/image-files.ts";
import { installOf } from "../dockerfile/install.ts";
import { assignments, dockerfilesOf, scriptOf, type DockerModel, type Stage, type Step } from "../dockerfile/model.ts";
import { editAt } from "../facts/found.ts";
import { baseOf } from "../dockerfile/reference.ts";
import type { Command } from "../shell/lexer.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Fix, Found, StaticCheck } from "../triage-check.ts";

/** Packages that ask something while they are configured. */
const ASKING =
	/^(?:tzdata|keyboard-configuration|console-setup|postfix|iptables-persistent|mysql-server|wireshark|slapd|krb5-config|krb5-user|grub-\S+|ubuntu-desktop\S*|lightdm|gdm3|python3-tk)$/;
/** Those whose settings a base of somebody else often has already: dpkg asks which to keep. */
const SETTLED = /^(?:supervisor|openssh-server|nginx\S*|redis-server|apache2|ssh|jupyter\S*|syncthing|caddy)$/;

export default {
	code: "TS308",
	scope: "static",
	severity: "warning",
	question: "Can every apt install of an image run without a person?",
	why: "Without -y apt asks and aborts. Without DEBIAN_FRONTEND=noninteractive a package that asks, or whose settings the base already has, stops with `end of file on stdin`.",
	example:
		"`RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends supervisor`",
	run(tree) {
		const models = dockerfilesOf(tree);
		return {
			looked: `${models.length} Dockerfiles`,
			findings: models.flatMap((model) => model.stages.flatMap((stage) => inStage(model, stage))),
		};
	},
} satisfies StaticCheck;

function inStage(model: DockerModel, stage: Stage): Found[] {
	const { file } = model;
	let quiet = stage.parent !== undefined && noninteractive(stage.parent);
	const assumed = stage.steps.some(({ rest }) => /APT::Get::Assume-Yes/.test(rest)) || file.has(/APT::Get::Assume-Yes/);
	const ownSettings = !isPlain(baseOf(model, rootOf(stage)).text);
	const asking = (name: string) => ASKING.test(name) || (ownSettings && SETTLED.test(name));
	const findings: Found[] = [];
	for (const step of stage.steps) {
		quiet ||= setsFrontend(step);
		if (step.keyword !== "RUN") continue;
		const { commands } = scriptOf(step);
		for (const [index, command] of commands.entries()) {
			const install = installOf(command);
			if (install?.tool !== "apt") continue;
			const at = file.placeAt(step.restAt + command.words[0]!.start);
			const yes =
				assumed ||
				command.words.some(({ text }) =>
					/^(?:-[a-zA-Z]*y[a-zA-Z]*|--yes|--assume-yes|-qq|-[a-z]*qq[a-z]*)$/.test(text),
				) ||
				/^(?:yes|echo)$/.test(commands[index - 1]?.words[0]?.text ?? "");
			const asks = install.rest.find((word) => asking(word.replace(/[=:].*$/, "")));
			if (!yes)
				findings.push({
					message: `\`${install.called}\` of ${file.path} waits for a yes that nobody gives`,
					severity: "error",
					evidence: [at],
					fix: { say: `write ${install.called} -y`, ...withYes(file, step, command) },
				});
			else if (asks !== undefined && !quiet && !inCommand(commands.slice(0, index + 1)))
				findings.push({
					message: `\`${install.called}\` of ${file.path} installs ${asks} and lets it ask questions`,
					evidence: [at],
					fix: {
						say: "write DEBIAN_FRONTEND=noninteractive before apt-get, and -o Dpkg::Options::=--force-confold where the base has settings of its own",
					},
				});
		}
	}
	return findings;
}

function withYes(file: SourceFile, { restAt }: Step, { words }: Command): Pick<Fix, "edit"> {
	const word = words.find(({ text, quoted }) => text === "install" && !quoted);
	return word === undefined ? {} : editAt(file, restAt + word.start, "install", "install -y");
}

const setsFrontend = (step: Step): boolean =>
	/^(?:ENV|ARG)$/.test(step.keyword) && assignments(step).some(([name]) => name === "DEBIAN_FRONTEND");

const noninteractive = once(
	({ steps, parent }: Stage): boolean => steps.some(setsFrontend) || (parent !== undefined && noninteractive(parent)),
);

/** Set before the command of the same RUN, or on its line. */
const inCommand = (commands: readonly Command[]): boolean =>
	commands.some(({ words }) => words.some(({ text }) => text.startsWith("DEBIAN_FRONTEND=")));
