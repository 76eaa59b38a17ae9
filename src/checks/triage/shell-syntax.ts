import { shellScriptOf } from "../shell/lexer.ts";
import { isAside } from "../tree/aside.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Shells with a syntax of their own, and templates of another program. */
const OTHER = /^#!.*\b(?:zsh|ksh|fish|csh|tcsh|rc|expect)\b/;
const TEMPLATE = /\{\{.*\}\}|\{%|<%|^@@|__[A-Z]+__\(/m;
/** Python that a shell starts first, and archives that unpack themselves. */
const POLYGLOT = /^#![^\n]*\n(?:#[^\n]*\n)*(?:'''|"""|"exec"|"true"|:'|':')|^__\w*(?:ARCHIVE|PAYLOAD)\w*__/m;

export default {
	code: "TS105",
	scope: "static",
	severity: "error",
	question: "Can a shell read every script?",
	why: "A quote, a block or a here-document without its end stops the script, or makes it take the rest of the file for text: at boot, not before.",
	example: "`cat <<EOF` whose `EOF` is indented never ends. Put it at the start of its line, or use `<<-` and tabs.",
	run(tree) {
		const files = tree
			.in("shell")
			.filter((file) => !/\.(?:zsh|ksh)$/.test(file.path) && !file.has(OTHER) && !isAside(file.path));
		const findings = files.flatMap((file): Found[] => {
			if (file.has(TEMPLATE) || file.has(POLYGLOT)) return [];
			const [fault] = shellScriptOf(file).faults;
			if (fault === undefined) return [];
			return [
				{
					message: `no shell can read ${file.path}: ${fault.message}`,
					evidence: [file.placeAt(fault.at)],
					fix: { say: `close it, then check: bash -n ${file.path}` },
				},
			];
		});
		return { looked: `${files.length} shell scripts`, findings };
	},
} satisfies StaticCheck;
