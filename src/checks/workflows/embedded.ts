import type { Command, Word } from "../shell/lexer.ts";
import { parseShell } from "../shell/lexer.ts";
import { masked, shellOf, type StepScript } from "./script.ts";
import type { Step } from "./model.ts";

type Tongue = "python" | "javascript" | "json" | "shell";

/** A program that stands within a script. */
export interface Embedded {
	tongue: Tongue;
	text: string;
	/** Offset in the script; undefined where quoting moves it. */
	at: number;
}

/** An expression is one value of its length. */
const valued = (text: string): string => text.replaceAll(/\$\{\{[^]*?\}\}/g, (one) => "_".repeat(one.length));
const INTERPRETERS: readonly (readonly [RegExp, Tongue])[] = [
	[/^(?:.*\/)?python[\d.]*$/, "python"],
	[/^(?:.*\/)?node$/, "javascript"],
	[/^(?:.*\/)?(?:ba)?sh$/, "shell"],
];
const BY_SUFFIX: readonly (readonly [RegExp, Tongue])[] = [
	[/\.py$/, "python"],
	[/\.[cm]?js$/, "javascript"],
	[/\.json$/, "json"],
	[/\.(?:ba)?sh$/, "shell"],
];

/** The programs in the here-documents and `-c` arguments of a script. */
export const embeddedIn = (script: StepScript): Embedded[] =>
	script.commands.flatMap((command) => [...heredocOf(command, script), ...argumentOf(command, script)]);

/** The whole script, where its shell is Python or Node. */
export function wholeOf(step: Step): Embedded | undefined {
	const shell = shellOf(step);
	if (step.run === undefined || shell === undefined) return undefined;
	const tongue = INTERPRETERS.slice(0, 2).find(([pattern]) => pattern.test(shell.split(" ")[0]!))?.[1];
	return tongue && { tongue, text: valued(step.run.text!), at: 0 };
}

function heredocOf(command: Command, { text }: StepScript): Embedded[] {
	const { heredoc, words, writes } = command;
	if (heredoc === undefined) return [];
	const head = text.slice(words[0]?.start ?? writes[0]!.start, heredoc.start);
	const quoted = /<<-?\s*["'\\]/.test(head);
	const body = valued(text.slice(heredoc.start, heredoc.start + heredoc.text.length));
	if (!quoted && /[$`\\]/.test(body)) return [];
	const tongue = tongueOf(words, writes);
	return tongue === undefined
		? []
		: [{ tongue, text: /<<-/.test(head) ? body.replaceAll(/^\t+/gm, "") : body, at: heredoc.start }];
}

function tongueOf(words: readonly Word[], writes: readonly Word[]): Tongue | undefined {
	const [target] = writes;
	if (target !== undefined) return BY_SUFFIX.find(([suffix]) => suffix.test(target.text))?.[1];
	const at = words.findIndex(({ text }) => INTERPRETERS.some(([pattern]) => pattern.test(text)));
	if (at === -1) return undefined;
	// `python3 tool.py <<EOF` reads data.
	const rest = words
		.slice(at + 1)
		.filter(({ text }) => !/^-[a-zA-Z]*$|^-$/.test(text) || text === "-c" || text === "-m");
	if (rest.length > 0) return undefined;
	return INTERPRETERS.find(([pattern]) => pattern.test(words[at]!.text))![1];
}

function argumentOf({ words }: Command, { text }: StepScript): Embedded[] {
	const at = words.findIndex((word) => word.text === "-c");
	const [program, code] = [words[at - 1], words[at + 1]];
	if (at < 1 || code === undefined || code.dynamic || !code.quoted) return [];
	const tongue = INTERPRETERS.find(([pattern]) => pattern.test(program!.text))?.[1];
	if (tongue !== "python") return [];
	const raw = text.slice(code.start, code.end);
	return raw.includes("${{") || raw.includes("\\") ? [] : [{ tongue, text: code.text, at: code.start + 1 }];
}

/** The first place that the language does not allow; undefined when it parses. */
export async function syntaxFault({ tongue, text }: Embedded): Promise<{ at: number; what: string } | undefined> {
	if (tongue === "json") return jsonFault(text);
	if (tongue === "shell") {
		const [fault] = parseShell(masked(text)).faults;
		return fault && { at: fault.at, what: fault.message };
	}
	const { parser } = tongue === "python" ? await import("@lezer/python") : await import("@lezer/javascript");
	let at: number | undefined;
	parser.parse(text).iterate({
		enter(node) {
			if (node.type.isError && at === undefined) at = node.from;
		},
	});
	if (at === undefined) return undefined;
	const line = text
		.slice(text.lastIndexOf("\n", at - 1) + 1)
		.split("\n")[0]!
		.trim();
	return { at, what: line === "" ? "it ends too early" : `\`${line.slice(0, 60)}\`` };
}

function jsonFault(text: string): { at: number; what: string } | undefined {
	try {
		JSON.parse(text);
		return undefined;
	} catch {
		return text.includes("_____") ? undefined : { at: 0, what: "it is no JSON" };
	}
}
