import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import { statement, type EnvStatement } from "./env-statement.ts";

const NAME = /[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]/g;
const WORDS = "[A-Z][A-Z0-9_]*(?:[ \\t]+[A-Z][A-Z0-9_]*)*";
const QUOTED = "[\\[({@ \\t]*[\"'][A-Z][A-Z0-9_]*[\"'](?:\\s*,\\s*[\"'][A-Z][A-Z0-9_]*[\"'])*";
/** How far behind a list its names are looked up. */
const NEAR = 400;

interface Form {
	/** The variable, the names, and what is done with them. */
	list: RegExp;
	/** A look-up of the variable in the environment, which takes the place of `\0`. */
	looksUp: string;
}

const FORMS: Readonly<Record<string, Form>> = {
	shell: {
		list: new RegExp(`\\bfor[ \\t]+(\\w+)[ \\t]+in[ \\t]+(${WORDS})(?=[ \\t]*(?:;|\\n))`, "g"),
		looksUp: "\\$\\{!\0\\b",
	},
	powershell: {
		list: new RegExp(`\\bforeach[ \\t]*\\([ \\t]*\\$(\\w+)[ \\t]+in[ \\t]+(${QUOTED})`, "gi"),
		looksUp: "EnvironmentVariable\\(\\s*\\$\0\\b|\\bEnv:[\\\\/]?(?:\\$\\(?)?\\$?\0\\b",
	},
	python: {
		list: new RegExp(`\\bfor[ \\t]+(\\w+)[ \\t]+in[ \\t]+(${QUOTED})`, "g"),
		looksUp: "(?:environ\\.get\\(|getenv\\(|environ\\[)\\s*\0\\b|\\b\0[ \\t]+(?:not[ \\t]+)?in[ \\t]+(?:os\\.)?environ",
	},
	javascript: {
		list: new RegExp(`\\bfor[ \\t]*\\([ \\t]*const[ \\t]+(\\w+)[ \\t]+of[ \\t]+(${QUOTED})`, "g"),
		looksUp: "process\\.env\\[\\s*\0\\s*\\]",
	},
};
const ENDS = /\b(?:exit|raise|throw|die|fail|SystemExit|abort)\b/;

/** Names that a loop over a list of them looks up: `for name in A_B C_D; do [ -n "${!name:-}" ] || exit 1; done`. */
export function envInLists(file: SourceFile): EnvStatement[] {
	const form = FORMS[file.language];
	if (form === undefined || !file.has(/\bfor/) || file.text.length > 200_000) return [];
	return file.matches(form.list).flatMap(({ 0: all, 1: variable, 2: names, index }) => {
		const behind = file.text.slice(index + all.length, index + all.length + NEAR);
		if (!new RegExp(form.looksUp.replaceAll("\0", variable!), "i").test(behind) || isComment(file, index)) return [];
		const start = index + all.length - names!.length;
		return [...names!.matchAll(NAME)].map((one) =>
			statement({ name: one[0], how: "reads", needed: ENDS.test(behind), file, line: file.lineAt(start + one.index) }),
		);
	});
}
