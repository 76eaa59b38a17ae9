import { posix } from "node:path";
import { LONG_OPTIONS } from "../data/long-options.ts";
import { BORROWED, IMAGE_PROGRAMS, NAMED } from "../data/option-neighbours.ts";
import { composeServices, itemsOf } from "../facts/compose.ts";
import { dockerfilesOf, execForm } from "../dockerfile/model.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside } from "../tree/aside.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace } from "../triage-check.ts";
import { dockerCall, split } from "../workflows/docker.ts";
import { argumentsOf } from "../workflows/script.ts";
import { shellTexts } from "./everywhere.ts";
import { parseShell, type Command, type Word } from "./lexer.ts";
import { joinedAlike, optionMeantBy } from "./near-options.ts";

/** An option of another program or one that is misspelt, and the one that is meant. */
interface Borrowed {
	program: string;
	given: string;
	meant: string;
	place: FilePlace;
}

/** Options of a neighbour's, and misspelt ones, in commands of scripts, supervisor, systemd, steps, images and compose files. */
export function borrowedOptions(tree: Tree): Borrowed[] {
	const texts = shellTexts(tree).filter(({ text }) => MAYBE.test(text) && text.includes("--"));
	const scripts = texts.flatMap((script) =>
		script.commands.flatMap((command) => {
			const words = argumentsOf(command);
			return inWords(words.slice(0, endOf(command, words)), (at) => script.place(at));
		}),
	);
	const forms = dockerfilesOf(tree).flatMap(({ file, steps }) =>
		steps.flatMap((step) => {
			const words = /^(?:CMD|ENTRYPOINT)$/.test(step.keyword) && !isAside(file.path) ? execForm(step) : undefined;
			return words === undefined
				? []
				: inWords(
						words.map((text) => ({ text, start: step.start })),
						(at) => file.placeAt(at),
					);
		}),
	);
	const services = composeServices(tree).flatMap((service) => {
		const items = itemsOf(service, "command");
		const started = IMAGE_PROGRAMS.find(([pattern]) => pattern.test(service.image ?? ""))?.[1];
		const words = items.flatMap(({ value, line }) =>
			parseShell(value.replaceAll(/^\[|\]$|",|',/g, (one) => (one.length === 2 ? one[0]! : " "))).commands.flatMap(
				(command) => command.words.map(({ text }) => ({ text, start: line })),
			),
		);
		if (words.length === 0 || standingOf(service.file.path) !== "live") return [];
		const name = words[0]!.text.startsWith("-") ? started : undefined;
		return inWords(words, (line) => service.file.place(line), name === undefined ? undefined : { name, from: 0 });
	});
	return [...scripts, ...forms, ...services];
}

const MAYBE = new RegExp(
	`(?:^|[\\s/"'])(?:${[...new Set([...BORROWED.keys()].map((name) => RegExp.escape(name.split(" ")[0]!)))].join("|")}|python)`,
);

interface Typed {
	text: string;
	start: number;
}

function inWords(words: readonly Typed[], placeOf: (at: number) => FilePlace, started = programOf(words)): Borrowed[] {
	if (started === undefined) return [];
	const foreign = BORROWED.get(started.name)!;
	const own = LONG_OPTIONS.get(started.name);
	const meantFor = (name: string): string | undefined =>
		foreign.get(name) ?? (own ? optionMeantBy(name, own) : joinedAlike(name, NAMED.get(started.name)!));
	return words.slice(started.from).flatMap((word, at, all): Borrowed[] => {
		const name = /^--([a-z][\w.-]+)(?:=|$)/.exec(word.text)?.[1];
		const meant = name === undefined || all[at - 1]?.text === "--" ? undefined : meantFor(name);
		return meant === undefined
			? []
			: [{ program: started.name, given: `--${name!}`, meant: `--${meant}`, place: placeOf(word.start) }];
	});
}

/** Where the words of another program begin: behind the image of `docker run`. */
function endOf(command: Command, words: readonly Word[]): number {
	const call = dockerCall(command);
	const image = call?.verb === "run" ? split(call.rest).args[0] : undefined;
	return image === undefined ? words.length : words.indexOf(image);
}

const MODULES: Readonly<Record<string, string>> = {
	uvicorn: "uvicorn",
	gunicorn: "gunicorn",
	hypercorn: "hypercorn",
	"vllm.entrypoints.openai.api_server": "vllm",
	"sglang.launch_server": "sglang",
};

function programOf(words: readonly Typed[]): { name: string; from: number } | undefined {
	const [first] = words;
	if (first === undefined) return undefined;
	const bare = posix.basename(first.text).replace(/\.exe$/, "");
	if (/^python[\d.]*$/.test(bare)) {
		const at = words.findIndex(({ text }) => text === "-m");
		const name = at === -1 || at > 3 ? undefined : MODULES[words[at + 1]?.text ?? ""];
		return name === undefined ? undefined : { name, from: at + 2 };
	}
	if (bare === "vllm") return words[1]?.text === "serve" ? { name: "vllm", from: 2 } : undefined;
	if (bare === "text-generation-launcher") return { name: "tgi", from: 1 };
	if (bare === "celery" && words.some(({ text }) => text === "worker"))
		return { name: "celery worker", from: words.findIndex(({ text }) => text === "worker") + 1 };
	const long = [3, 2, 1].find((count) =>
		BORROWED.has([bare, ...words.slice(1, count).map(({ text }) => text)].join(" ")),
	);
	if (long === undefined || (long === 1 && /^(?:tgi|sglang)$/.test(bare))) return undefined;
	return { name: [bare, ...words.slice(1, long).map(({ text }) => text)].join(" "), from: long };
}
