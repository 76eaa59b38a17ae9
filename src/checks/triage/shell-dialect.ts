import { shellScriptOf } from "../shell/lexer.ts";
import { isAside } from "../tree/aside.ts";
import { isComment } from "../tree/tokens.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Bash in the text of a script; what the parser does not tell apart. */
const SIGNS: readonly (readonly [RegExp, string])[] = [
	[/^[ \t]*(?:declare|typeset|local[ \t]+-[aA])[ \t]/m, "declare"],
	[/^[ \t]*(?:local[ \t]+|readonly[ \t]+)?\w+\+?=\(/m, "an array"],
	[/\$\{\w+(?:\[[@*\w]+\]|,,?|\^\^?|\/\/?[^}\n]*|:\d+(?::\d+)?)\}/, "an expansion of bash"],
	[/(?:^|[\s;&|])<<<[ \t]*["'$\w]/m, "<<<"],
	[/(?<![\w$])[<>]\([^()\n]+\)/, "a process substitution"],
	[/^[ \t]*function[ \t]+[\w-]+/m, "function"],
	[/^[ \t]*(?:set[ \t]+-\w*o[ \t]+pipefail|shopt[ \t])/m, "pipefail or shopt"],
];

export default {
	code: "TS374",
	scope: "static",
	severity: "warning",
	question: "Does every script of `#!/bin/sh` keep to what sh knows?",
	why: "/bin/sh of Debian and Ubuntu is dash: `[[` is a command that it does not find, so that the test is false, and an array stops the script.",
	example: '`#!/bin/sh` above `if [[ $used -gt 90 ]]`: write [ "$used" -gt 90 ], or #!/usr/bin/env bash.',
	run(tree) {
		const files = tree
			.in("shell")
			.filter((file) => file.has(/^#!\s*(?:\/usr)?\/bin\/(?:env\s+)?(?:sh|dash)\s/) && !isAside(file.path));
		return { looked: `${files.length} scripts of sh`, findings: files.flatMap(inFile) };
	},
} satisfies StaticCheck;

/** Told once a file: the first. */
function inFile(file: SourceFile): Found[] {
	// A script that starts itself again with bash, or asks which shell it is in, knows.
	if (file.has(/\bexec\s+(?:\/\S*\/)?bash\b|BASH_VERSION|ZSH_VERSION/)) return [];
	const signs = SIGNS.flatMap(([pattern, what]) => first(file, pattern, what));
	const tests = shellScriptOf(file).commands.flatMap(({ words: [word] }) =>
		word?.text === "[[" && !word.quoted ? [{ at: word.start, what: "[[" }] : [],
	);
	const [one] = [...tests, ...signs].toSorted((a, b) => a.at - b.at);
	if (one === undefined) return [];
	return [
		{
			message: `${file.path} is run by sh, and uses ${one.what}, which only bash knows`,
			evidence: [file.placeAt(one.at), file.place(1)],
			fix: { say: "write #!/usr/bin/env bash in its first line, where the image has bash, or what sh knows" },
		},
	];
}

function first(file: SourceFile, pattern: RegExp, what: string): { at: number; what: string }[] {
	const found = pattern.exec(file.text);
	if (found === null) return [];
	const at = found.index + found[0].search(/\S/);
	const heredocs = shellScriptOf(file).commands.flatMap(({ heredoc }) => heredoc ?? []);
	const inside = heredocs.some(({ text, start }) => at >= start && at < start + text.length);
	const before = file.text.slice(file.text.lastIndexOf("\n", at) + 1, at);
	const odd = (sign: RegExp): boolean => (before.match(sign)?.length ?? 0) % 2 === 1;
	const quoted = odd(/(?<!\\)'/g) || (what !== "an expansion of bash" && odd(/(?<!\\)"/g));
	return inside || quoted || isComment(file, at) ? [] : [{ at, what }];
}
