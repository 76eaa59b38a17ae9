import { partsFrom } from "../calls/arguments.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import { targets, type Target } from "./words.ts";

const SERVER = "uvicorn|gunicorn|hypercorn|daphne|granian";
const STARTS = new RegExp(SERVER);
const LIST = new RegExp(`\\[\\s*(?=sys\\.executable\\s*,|["'](?:${SERVER}|python3?)["']\\s*,)`, "g");
const RUN = /\buvicorn\.run\(\s*["']([A-Za-z_][\w.]*):([A-Za-z_]\w*)["']/g;

/** The server applications that a program of Python starts: by a list of words, by `uvicorn.run("a.b:app")`. */
export function pythonTargets(file: SourceFile): { target: Target; line: number }[] {
	if (standingOf(file.path) !== "live" || !file.has(STARTS)) return [];
	const lists = file.matches(LIST).flatMap(({ 0: head, index }) => {
		const parts =
			kindAt(file, index) === "code" ? partsFrom(file.text, index + head.length, "python")?.parts : undefined;
		const words = (parts ?? []).map(({ text }) => wordOf(text));
		return targets(words).flatMap((target) => {
			const at = (parts ?? []).find(({ text }) => text.includes(`${target.name}:`))?.at;
			return target.kind === "application" && at !== undefined ? [{ target, line: file.lineAt(at) }] : [];
		});
	});
	const runs = file
		.matches(RUN)
		.flatMap(({ 1: name, 2: attribute, index }) =>
			kindAt(file, index) === "code"
				? [{ target: { kind: "application" as const, name: name!, attribute: attribute! }, line: file.lineAt(index) }]
				: [],
		);
	return [...lists, ...runs];
}

/** A text as it is; what is computed is a word that names nothing. */
const wordOf = (text: string): string =>
	text === "sys.executable" ? "python" : (/^(["'])([^"'\\{}]*)\1$/.exec(text)?.[2] ?? "0");
