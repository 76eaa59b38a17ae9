import type { Found, StaticCheck } from "../triage-check.ts";

/** Programs of Linux that fail on a carriage return at the end of a line. */
const PARSED = ["shell", "dockerfile", "ini", "nginx", "requirements", "env"] as const;

export default {
	code: "TS101",
	scope: "static",
	severity: "error",
	question: "Do scripts and settings that Linux reads end their lines with LF?",
	why: "A shell takes the carriage return for a part of the last word: the interpreter or the file is not found.",
	example:
		'`#!/bin/bash\\r\\n` fails with "bad interpreter"; `#!/bin/bash\\n` runs. `* text=auto eol=lf` in .gitattributes keeps it so.',
	run(tree) {
		const files = tree.in(...PARSED);
		const findings = files.flatMap((file): Found[] => {
			const at = file.text.indexOf("\r\n");
			if (at === -1) return [];
			return [
				{
					message: `${file.path} has lines that end with CRLF`,
					evidence: [file.placeAt(at)],
					fix: {
						say: `write it with LF: sed -i 's/\\r$//' ${file.path}, and add "*.${file.path.split(".").at(-1)} text eol=lf" to .gitattributes`,
					},
				},
			];
		});
		return { looked: `${files.length} scripts and settings`, findings };
	},
} satisfies StaticCheck;
