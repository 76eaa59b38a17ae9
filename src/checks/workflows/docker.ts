import type { Command, Word } from "../shell/lexer.ts";
import { argumentsOf } from "./script.ts";

/** `docker run`, `docker container exec`, `podman logs`, … */
export interface DockerCall {
	command: Command;
	/** `run`, `exec`, `build`, `compose`, … */
	verb: string;
	/** What follows the verb. */
	rest: readonly Word[];
}

/** An option as it was given; without a value it is a switch. */
interface Option {
	name: string;
	value: Word | undefined;
	/** What follows `=`, or the value. */
	text: string;
	word: Word;
}

const SWITCHES = new Set(
	"-d -i -t -it -ti -dit -dti -id -di -td -P -q -T -f --rm --init --privileged --detach --interactive --tty --read-only --publish-all --no-healthcheck --oom-kill-disable --quiet --no-cache --pull --push --load --squash --force --follow --no-trunc --all --all-tags".split(
		" ",
	),
);

/** The call of docker or podman that a command is; undefined when it is another one. */
export function dockerCall(command: Command): DockerCall | undefined {
	const words = argumentsOf(command);
	if (!/^(?:\/(?:\w+\/)+)?(?:docker|podman|nerdctl)$/.test(words[0]?.text ?? "")) return undefined;
	let at = 1;
	while (words[at]?.text.startsWith("-")) at += words[at]!.text.includes("=") || words[at]!.text === "--debug" ? 1 : 2;
	const noun = words[at]?.text ?? "";
	if (["container", "image", "buildx"].includes(noun)) at += 1;
	const verb = words[at]?.text ?? "";
	return { command, verb, rest: words.slice(at + 1) };
}

/** The options before the first argument, and the arguments. Those of a build may stand after its argument. */
export function split(rest: readonly Word[], isBuild = false): { options: Option[]; args: readonly Word[] } {
	const options: Option[] = [];
	const folders: Word[] = [];
	let at = 0;
	for (; at < rest.length; at += 1) {
		const word = rest[at]!;
		if (!word.text.startsWith("-") || word.text === "-") {
			if (!isBuild) break;
			folders.push(word);
			continue;
		}
		const equals = word.text.startsWith("--") ? word.text.indexOf("=") : -1;
		if (equals > 0)
			options.push({ name: word.text.slice(0, equals), value: word, text: word.text.slice(equals + 1), word });
		else if (SWITCHES.has(word.text) && !(isBuild && /^-[tf]$/.test(word.text)))
			options.push({ name: word.text, value: undefined, text: "", word });
		else if (/^-[evptufwhlmc][^-]/.test(word.text) && !isBuild)
			options.push({ name: word.text.slice(0, 2), value: word, text: word.text.slice(2), word });
		else {
			at += 1;
			options.push({ name: word.text, value: rest[at], text: rest[at]?.text ?? "", word });
		}
	}
	return { options, args: isBuild ? folders : rest.slice(at) };
}

/** A started container. */
export interface Run {
	call: DockerCall;
	options: readonly Option[];
	name: string | undefined;
	network: string | undefined;
	image: Word | undefined;
	/** What replaces the command of the image. */
	args: readonly Word[];
	detached: boolean;
}

/** `docker run` and `docker create` with their parts; undefined for other commands. */
export function runOf(command: Command): Run | undefined {
	const call = dockerCall(command);
	if (call === undefined || !["run", "create"].includes(call.verb)) return undefined;
	const { options, args } = split(call.rest);
	const last = (...names: string[]) => options.findLast(({ name }) => names.includes(name))?.text;
	const detached = options.some(({ name }) => name === "--detach" || /^-[it]*d[it]*$/.test(name));
	return {
		...{ call, options, detached },
		name: last("--name"),
		network: last("--network", "--net"),
		image: args[0],
		args: args.slice(1),
	};
}

/** `NAME=value` of `-e` and `--env`. */
export const environmentOf = ({ options }: Pick<Run, "options">): { name: string; value: string; option: Option }[] =>
	options
		.filter(({ name }) => name === "-e" || name === "--env")
		.flatMap((option) => {
			const equals = option.text.indexOf("=");
			return equals < 1 ? [] : [{ name: option.text.slice(0, equals), value: option.text.slice(equals + 1), option }];
		});
