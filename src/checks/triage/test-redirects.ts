import { editAt } from "../facts/found.ts";
import { shellScriptOf } from "../shell/lexer.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS373",
	scope: "static",
	severity: "error",
	question: "Does every `[ … ]` of a shell script compare, and not write a file?",
	why: "Within `[ ]` a `>` is a redirection: the test is true whatever the numbers are, and a file of that name appears.",
	example: '`[ "$count" > 5 ]`: write `[ "$count" -gt 5 ]`.',
	run(tree) {
		const files = tree.in("shell").filter((file) => file.has(/\[[ \t][^\n\]]*[<>]/) && !isAside(file.path));
		return { looked: `${files.length} scripts that may`, findings: files.flatMap(inFile) };
	},
} satisfies StaticCheck;

function inFile(file: SourceFile): Found[] {
	return shellScriptOf(file).commands.flatMap(({ words, writes, reads }): Found[] => {
		const [first] = words;
		const last = words.at(-1);
		if (first?.text !== "[" || first.quoted || last?.text !== "]") return [];
		const inside = [...writes.map((word) => [">", word] as const), ...reads.map((word) => ["<", word] as const)].filter(
			([, word]) => word.start < last.start && !/^(?:\/|&)/.test(word.text),
		);
		return inside.slice(0, 1).map(([sign, word]): Found => {
			const at = file.text.lastIndexOf(sign, word.start);
			const operator = sign === ">" ? "-gt" : "-lt";
			return {
				message: `${file.path} compares with ${sign} within [ ]: the shell ${sign === ">" ? "writes" : "reads"} a file ${word.text}`,
				evidence: [file.placeAt(first.start)],
				fix: {
					say: `write ${operator} for numbers, or [[ … ]] in bash`,
					...(file.text.slice(at + 1, word.start).trim() === "" ? editAt(file, at, sign, operator) : {}),
				},
			};
		});
	});
}
