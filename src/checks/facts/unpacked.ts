import { partsFrom } from "../calls/arguments.ts";
import type { SourceFile } from "../tree/source-file.ts";

/** The parts of `a, b(c, d), 2`, `(a, b)` and `[a, b]`; undefined: it is one value. */
export function tupleOf(text: string): string[] | undefined {
	const bare = /^[([]([^]*)[)\]]$/.exec(text.trim())?.[1] ?? text;
	const { parts } = partsFrom(`${bare})`, 0, "python") ?? { parts: [] };
	return parts.length > 1 ? parts.map((one) => one.text) : undefined;
}

const UNPACKED =
	/^[ \t]*(?:(?:const|let)[ \t]+\[[ \t]*([\w, \t]+)\]|(\w+(?:[ \t]*,[ \t]*\w+)+))[ \t]*=[ \t]*((?:await[ \t]+)?[\w.]+\([^\n]*\));?[ \t]*$/gm;

/** `queue, function = stage(…)`, `const [queue, run] = stage(…)`: each name is a part of what is returned. */
export const unpackedIn = (file: SourceFile): { name: string; expression: string }[] =>
	file.has(/queue/i)
		? file
				.matches(UNPACKED)
				.flatMap(({ 1: list, 2: tuple, 3: call }) =>
					(list ?? tuple!).split(",").map((name, at) => ({ name: name.trim(), expression: `${call!}[${at}]` })),
				)
		: [];
