import { plainCommands, shellTexts, type ShellText } from "../shell/everywhere.ts";
import { argumentsOf } from "../workflows/script.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS268",
	scope: "static",
	severity: "error",
	question: "Is every variable set from which a removal gets its folder?",
	why: '`rm -rf "$DIR"/*` with an empty DIR removes everything below the root.',
	example: '`rm -rf "$CACHE_DIR"/*` and nothing sets CACHE_DIR: write `rm -rf "${CACHE_DIR:?}"/*`.',
	run(tree) {
		const texts = shellTexts(tree).filter(({ kind, text }) => kind === "script" && /\brm\s+-\w*[rR]/.test(text));
		return { looked: `${texts.length} scripts that remove folders`, findings: texts.flatMap(inText) };
	},
} satisfies StaticCheck;

/** `$DIR/*`, `"$DIR"/*`, `${1}/` */
const TARGET = /^["']?\$\{?([A-Za-z_]\w*|\d)\}?["']?\/(?:["']?\*|["']?$)/;

function inText(script: ShellText): Found[] {
	const { text, file } = script;
	// It stops at unset ones, or has its values from somewhere else.
	if (/^[ \t]*set[ \t]+[^\n]*(?:-\w*u|nounset)|^#!.*\s-\w*u|^[ \t]*(?:source|\.)[ \t]/m.test(text)) return [];
	return plainCommands(script).flatMap((command): Found[] => {
		const words = argumentsOf(command);
		if (words[0]?.text !== "rm" || !words.some(({ text: word }) => /^-\w*[rR]/.test(word))) return [];
		return words.flatMap((word): Found[] => {
			const raw = text.slice(word.start, word.end);
			const name = TARGET.exec(raw)?.[1];
			if (name === undefined || isSet(text, name, word.start)) return [];
			return [
				{
					message: `${file.path} removes ${raw}, and nothing in it sets ${name}: where it is empty, that is everything below /`,
					evidence: [script.place(word.start)],
					fix: { say: `write "\${${name}:?}" for its variable` },
				},
			];
		});
	});
}

/** It has a value in the script, or is looked at before. */
function isSet(text: string, name: string, at: number): boolean {
	const before = text.slice(0, at);
	return (
		new RegExp(
			`(?<![\\w$])${name}=|\\b(?:read|for|local|declare|getopts|mapfile)\\b[^\\n]*\\b${name}\\b|\\$\\{${name}:?[?=-]|-[nzde][ \\t]+["']?\\$\\{?${name}\\b|\\$\\{?${name}\\}?["']?[ \\t]*(?:=|!=|==)|\\$#`,
		).test(before) || /^(?:HOME|PWD|OLDPWD|TMPDIR|USER|\w*BASH_SOURCE\w*)$/.test(name)
	);
}
