import { z } from "zod";
import { lint, type Linter } from "../linters/run-linter.ts";
import { NOT_FAULTS } from "../linters/shellcheck-codes.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { StaticCheck } from "../triage-check.ts";

/** `-f json1`: github.com/koalaman/shellcheck/wiki/Integration. */
const output = z.object({
	comments: z.array(
		z.object({ file: z.string(), line: z.int(), level: z.string(), code: z.int(), message: z.string() }),
	),
});

/** Tells shellcheck the language where no first line does. */
const nameOf = ({ text }: SourceFile, at: number): string => (text.startsWith("#!") ? `${at}.sh` : `${at}.bash`);

const SHELLCHECK: Linter = {
	tool: "shellcheck",
	noun: "script",
	nameOf,
	argsFor: (names) => [
		...["--norc", "--extended-analysis=false", "--format", "json1", "--severity", "error", ...names],
	],
	exits: [0, 1],
	mostLines: 1_000,
	read: (stdout) => {
		const { comments } = output.parse(JSON.parse(stdout));
		const faults = comments.filter(({ code }) => !NOT_FAULTS.has(code));
		return faults
			.filter((one) => !isSyntax(one) || one === firstOf(faults, one.file))
			.map(({ file, line, code, message }) => ({
				...{ name: file, line, message: `SC${code} ${message}` },
				say: `correct it: https://www.shellcheck.net/wiki/SC${code} shows how`,
			}));
	},
};

type Comment = z.output<typeof output>["comments"][number];

const isSyntax = ({ code }: Comment): boolean => code < 2000;
/** "Couldn't parse this …", "Fix any mentioned problems": what another report explains. */
const isRest = ({ code }: Comment): boolean => [1072, 1073].includes(code);

/** A script that cannot be parsed has reports for the beginning, the end and the rest of one fault. */
function firstOf(faults: readonly Comment[], file: string): Comment | undefined {
	const own = faults.filter((one) => one.file === file && isSyntax(one));
	return own.find((one) => !isRest(one)) ?? own[0];
}

/** Languages that shellcheck does not know, and templates, which are no shell yet. */
const isTheirs = ({ text, path }: SourceFile): boolean =>
	!/^#!.*\b(?:zsh|fish|csh|tcsh)\b/.test(text) && !/\.(?:zsh|j2|tmpl|tpl|erb)$/.test(path) && !/\{\{|<%/.test(text);

export default {
	code: "TS903",
	scope: "static",
	severity: "error",
	waits: true,
	question: "Does shellcheck find errors in the shell scripts?",
	why: "A script that cannot be parsed, or whose condition is always true, fails or does the wrong thing at its first run.",
	example: '`if [ $x=1 ]` is always true (SC2077); `if [ "$x" = 1 ]` compares.',
	run: (tree, signal, world) => lint(SHELLCHECK, tree.in("shell").filter(isTheirs), { signal, world }),
} satisfies StaticCheck;
