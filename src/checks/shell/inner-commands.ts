import { dockerfilesOf, execForm, masked } from "../dockerfile/model.ts";
import { composeFiles } from "../facts/compose-files.ts";
import { podStarts } from "../kubernetes/workloads.ts";
import type { FilePlace } from "../place.ts";
import { isAside } from "../tree/aside.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { split } from "../workflows/docker.ts";
import { argumentsOf } from "../workflows/script.ts";
import { parseShell } from "./lexer.ts";
import type { Command, Word } from "./script.ts";

/** What a command runs inside a container or on another machine: behind `docker exec app`, `compose run api`, `ssh host`; else its own words. */
export function innerWords(command: Pick<Command, "words">): readonly Word[] {
	let words = argumentsOf(command);
	for (let inner = within(words); inner !== undefined && inner.length > 0; inner = within(words))
		words = argumentsOf({ words: inner });
	return words;
}

const SSH_VALUE = /^-[BbcDEeFIiJLlmOopQRSWw]$/;

function within(words: readonly Word[]): readonly Word[] | undefined {
	const program = words[0]?.text.split("/").at(-1) ?? "";
	if (program === "docker-compose") return inService(words.slice(1));
	if (/^(?:docker|podman|nerdctl)$/.test(program)) return inContainer(words.slice(1));
	if (program === "kubectl" && words.some(({ text }) => text === "exec" || text === "run")) {
		const at = words.findIndex(({ text }) => text === "--");
		return at === -1 ? undefined : words.slice(at + 1);
	}
	if (program !== "ssh") return undefined;
	let at = 1;
	while (words[at]?.text.startsWith("-")) at += SSH_VALUE.test(words[at]!.text) ? 2 : 1;
	return words[at + 1]?.quoted ? undefined : words.slice(at + 1);
}

/** Without the options of docker itself. */
function inContainer(words: readonly Word[]): readonly Word[] | undefined {
	const { args } = split(words);
	const [verb, ...rest] = args[0]?.text === "container" ? args.slice(1) : args;
	if (verb?.text === "compose") return inService(rest);
	return /^(?:run|exec|create)$/.test(verb?.text ?? "") ? split(rest).args.slice(1) : undefined;
}

const COMPOSE_VALUE =
	/^(?:-f|--file|-p|--project-name|--env-file|--profile|--project-directory|--progress|--parallel|--ansi)$/;
const RUN_VALUE =
	/^(?:-[evpuwl]|--(?:env|env-from-file|volume|publish|user|workdir|label|name|entrypoint|index|pull|cap-(?:add|drop)))$/;

/** Behind `-f compose.yml run --rm api`. */
function inService(words: readonly Word[]): readonly Word[] | undefined {
	const verb = behind(words, COMPOSE_VALUE);
	return /^(?:run|exec)$/.test(verb[0]?.text ?? "") ? behind(verb.slice(1), RUN_VALUE).slice(1) : undefined;
}

/** From the first word on that is no option, and no value of one. */
function behind(words: readonly Word[], values: RegExp): readonly Word[] {
	let at = 0;
	while (words[at]?.text.startsWith("-")) at += values.test(words[at]!.text) ? 2 : 1;
	return words.slice(at);
}

/** A command that a file gives as a list or a line, in the form of a script. */
export interface Start {
	file: SourceFile;
	text: string;
	commands: readonly Command[];
	place: (offset: number) => FilePlace;
	/** Words may follow it: an entry point gets those of the command. */
	open?: boolean;
}

const quoted = (words: readonly string[]): string =>
	words.map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");

const startOf = (file: SourceFile, line: number, text: string, open = false): Start => ({
	...{ file, text, open },
	commands: parseShell(text).commands,
	place: () => file.place(line),
});

/** What compose files, Dockerfiles (CMD, ENTRYPOINT) and Kubernetes start. */
export const startsOf = once((tree: Tree): readonly Start[] =>
	[
		...composeFiles(tree).flatMap(({ file, services }) =>
			[...services.values()].flatMap((service) =>
				["command", "entrypoint"].flatMap((key) => {
					const part = service.get(key);
					const text = part?.text ?? quoted(part?.list.flatMap((one) => one.text ?? []) ?? []);
					return part === undefined || text === ""
						? []
						: [startOf(file, part.line, text.replaceAll("$$", "$"), key === "entrypoint")];
				}),
			),
		),
		...dockerfilesOf(tree).flatMap(({ file, steps }) =>
			steps
				.filter(({ keyword }) => keyword === "CMD" || keyword === "ENTRYPOINT")
				.map((step) => {
					const exec = execForm(step);
					const text = exec === undefined ? masked(step) : quoted(exec);
					return startOf(file, file.lineAt(step.restAt), text, step.keyword === "ENTRYPOINT");
				}),
		),
		...podStarts(tree).map(({ words, file, line }) => startOf(file, line, quoted(words))),
	].filter(({ file }) => !isAside(file.path)),
);
