import type { Found, StaticCheck } from "../triage-check.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import { isAside } from "../tree/aside.ts";

const BEGIN = /^<{7}(?: [^\r\n]+)?$/m;
const ANY = /^(?:<{7} \S|>{7} \S|={7}\r?$|\|{7} \S)/gm;

const isShown = (file: SourceFile, at: number): boolean => kindAt(file, at) !== "prose";

export default {
	code: "TS103",
	scope: "static",
	severity: "error",
	question: "Is every merge finished, without conflict markers in a file?",
	why: "A marker is no syntax of any language, and where a file survives it, both sides of the conflict run.",
	example: "`<<<<<<< HEAD`, `=======` and `>>>>>>> main` around two versions of a line: keep one of them.",
	run(tree) {
		const findings = tree.files.flatMap((file): Found[] => {
			if (!file.includes("<<<<<<<") && !file.includes(">>>>>>> ")) return [];
			if (isAside(file.path) || /\.(?:rst|adoc|diff|patch)$/.test(file.path)) return [];
			const marks = file.matches(ANY);
			const begin = BEGIN.exec(file.text);
			const kinds = new Set(marks.map(([text]) => text[0]));
			// A document may show one; a merge leaves all three, each at the beginning of a line.
			if (file.language === "markdown" && (kinds.size < 3 || isShown(file, marks[0]!.index))) return [];
			if (kinds.size < 2 || !(kinds.has("<") || kinds.has(">"))) return [];
			const first = begin?.index ?? marks[0]!.index;
			const more = marks.filter(({ index }) => index !== first).slice(0, 5);
			return [
				{
					message: `${file.path} has the markers of a merge that was not finished`,
					evidence: [file.placeAt(first), ...more.map(({ index }) => file.placeAt(index))],
					fix: { say: `keep one side of each conflict in ${file.path} and take the markers out` },
				},
			];
		});
		return { looked: `${tree.files.length} files`, findings };
	},
} satisfies StaticCheck;
