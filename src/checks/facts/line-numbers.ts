import type { SourceFile } from "../tree/source-file.ts";
import type { Side } from "./found.ts";

/** Each number of the lines that fit, as a document says it; `number` has it as its first group. Comments say nothing. */
export const numbersOf = (file: SourceFile, line: RegExp, number: RegExp): Side[] =>
	file.lines.flatMap((text, index) =>
		/^\s*#/.test(text) || !line.test(text)
			? []
			: [...text.matchAll(number)].map(([, value]): Side => ({ value: value!, file, line: index + 1, weight: 0 })),
	);
