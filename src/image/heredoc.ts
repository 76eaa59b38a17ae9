/** `<<EOF`, `<<-"EOF"`, `3<<EOF`: how a word names a here-document. */
const HEREDOC = /^\d*<<(-?)(["']?)([^\s<"']+)\2$/;
const WORDS = /(?:[^\s"'\\]|\\.|"(?:\\.|[^"\\])*"|'[^']*')+/g;
/** Instructions that take here-documents (https://docs.docker.com/reference/dockerfile/#here-documents). */
const TAKES = /^\s*(?:ONBUILD\s+)?(?:RUN|COPY|ADD)\s/i;

/** Stands for `<<` in what is parsed further: the parser would look for bodies. */
const MARK = "\uE000\uE000";

/** True for a word that begins a here-document: `<<EOF`, `<<-"EOF"`. */
export const isHeredoc = (word: string): boolean => HEREDOC.test(word.replace(MARK, "<<"));

/**
 * A Dockerfile with empty lines in place of the bodies of here-documents, so that lines keep their numbers, and with their
 * words marked. `open`: the line of an instruction whose here-document never ends, counted from 1.
 */
export function withoutHeredocs(text: string): { text: string; open: number | undefined } {
	const lines = text.split("\n");
	const escape = /^#[ \t]*escape[ \t]*=[ \t]*`[ \t]*$/im.test(firstComments(lines)) ? "`" : "\\";
	const continues = (line: string): boolean => line.trimEnd().endsWith(escape);
	for (let at = 0; at < lines.length; at++) {
		const from = at;
		const parts = [lines[at]!];
		while (at + 1 < lines.length && (continues(lines[at]!) || (at > from && isSkipped(lines[at]!)))) {
			at++;
			if (isSkipped(lines[at]!)) lines[at] = "";
			else parts.push(lines[at]!);
		}
		const instruction = parts.map((part) => (continues(part) ? part.trimEnd().slice(0, -1) : part)).join("");
		for (const [strip, name] of heredocsOf(instruction)) {
			const end = lines.findIndex((line, n) => n > at && bare(line, strip) === name);
			if (end < 0) return { text, open: from + 1 };
			for (let n = at + 1; n <= end; n++) lines[n] = "";
			at = end;
		}
	}
	return { text: lines.join("\n").replaceAll("<<", MARK), open: undefined };
}

/** Docker leaves comments and empty lines out of an instruction that goes on. */
const isSkipped = (line: string): boolean => /^\s*(?:#|$)/.test(line);

const bare = (line: string, strip: boolean): string => {
	const plain = line.replace(/\r$/, "");
	return strip ? plain.replace(/^\t+/, "") : plain;
};

function heredocsOf(instruction: string): [strip: boolean, name: string][] {
	if (!TAKES.test(instruction)) return [];
	const words = instruction.match(WORDS) ?? [];
	return words.flatMap((word): [boolean, string][] => {
		const match = HEREDOC.exec(word);
		return match ? [[match[1] === "-", match[3]!]] : [];
	});
}

/** Parser directives stand before everything else. */
function firstComments(lines: readonly string[]): string {
	const end = lines.findIndex((line) => !line.startsWith("#"));
	return lines.slice(0, end < 0 ? lines.length : end).join("\n");
}
