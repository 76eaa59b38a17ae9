import { dockerfilesOf, scriptOf } from "../dockerfile/model.ts";
import { faultOf, inlineOf } from "../launch/inline.ts";
import { shellScriptOf, type Command } from "../shell/lexer.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isAside } from "../tree/aside.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const CALL = /\b(?:python[\d.]*|node|nodejs)\b[^\n]*\s-(?:\w*c|e|p|pe|-eval|-print)\b/;

export default {
	code: "TS310",
	scope: "static",
	severity: "error",
	question: "Does the code in `python -c` and `node -e` parse as the interpreter gets it?",
	why: "The shell takes its quotes away first. What is left is often no program any more, and the step fails when it runs.",
	example: '`python3 -c "print("ok")"` runs `print(ok)`: write the inner quotes as \' or put the code into a file.',
	run(tree) {
		const models = dockerfilesOf(tree);
		const scripts = tree.in("shell").filter((file) => !isAside(file.path) && file.has(CALL) && !file.has(/\{\{|\{%/));
		const findings = [
			...models.flatMap(({ file, steps }) =>
				steps
					.filter(({ keyword, rest }) => keyword === "RUN" && CALL.test(rest.replaceAll(/\\\r?\n/g, " ")))
					.flatMap((step) =>
						scriptOf(step).commands.flatMap((command) => check(file, command, step.rest, step.restAt, true)),
					),
			),
			...scripts.flatMap((file) =>
				shellScriptOf(file).commands.flatMap((command) => check(file, command, file.text, 0, false)),
			),
		];
		return { looked: `${models.length} Dockerfiles and ${scripts.length} scripts`, findings };
	},
} satisfies StaticCheck;

function check(file: SourceFile, command: Command, text: string, from: number, joinLines: boolean): Found[] {
	const inline = inlineOf(command, text, joinLines);
	const fault = inline === undefined ? undefined : faultOf(inline);
	if (inline === undefined || fault === undefined) return [];
	return [
		{
			message: `the inline ${inline.language} in ${file.path} cannot run: ${fault}`,
			evidence: [file.placeAt(from + inline.word.start)],
			fix: { say: "put the code into a file of its own and run that" },
		},
	];
}
