import { installOf } from "../dockerfile/install.ts";
import { dockerfilesOf, scriptOf } from "../dockerfile/model.ts";
import type { Command } from "../shell/lexer.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS307",
	scope: "static",
	severity: "error",
	question: "Does a failed install stop the build of the image?",
	why: "`a && b || true` succeeds when a fails: the build stays green, and the packages are missing at run time.",
	example: "`pip install -r requirements.txt && rm -rf /tmp/* || true`: write `&& (rm -rf /tmp/* || true)`.",
	run(tree) {
		const models = dockerfilesOf(tree);
		const findings = models.flatMap(({ file, steps }) =>
			steps
				.filter(({ keyword }) => keyword === "RUN")
				.flatMap((step) =>
					swallowed(scriptOf(step).commands, /^\s*set\s+-\w*e|&&\s*set\s+-\w*e/.test(step.rest)).map(
						({ install, by, how }): Found => ({
							message: `a failed \`${installOf(install)!.called}\` of ${file.path} does not fail the build: ${how}`,
							evidence: [
								file.placeAt(step.restAt + (by ?? install).words[0]!.start),
								...(by === undefined || same(file.text, step.restAt, by, install)
									? []
									: [file.placeAt(step.restAt + install.words[0]!.start)]),
							],
							fix: {
								say:
									by === undefined
										? "join the commands with &&, or begin with set -e"
										: "take it away, or put it in parentheses with the one command that may fail",
							},
						}),
					),
				),
		);
		return { looked: `${models.length} Dockerfiles`, findings };
	},
} satisfies StaticCheck;

const same = (text: string, at: number, a: Command, b: Command): boolean =>
	!text
		.slice(at + Math.min(a.words[0]!.start, b.words[0]!.start), at + Math.max(a.words[0]!.start, b.words[0]!.start))
		.includes("\n");

interface Swallowed {
	install: Command;
	by?: Command;
	how: string;
}

function swallowed(commands: readonly Command[], strict: boolean): Swallowed[] {
	return commands.flatMap((install, index): Swallowed[] => {
		if (installOf(install) === undefined || install.nested) return [];
		const { depth } = install;
		for (const after of commands.slice(index + 1)) {
			if (after.depth > depth || after.nested) continue;
			if (after.depth < depth) return [];
			if (after.before === "||") {
				const [first] = after.words;
				if (first !== undefined && /^(?:true|:)$/.test(first.text))
					return [{ install, by: after, how: `\`|| ${first.text}\` follows` }];
				if (first?.text === "echo" && !escapes(commands.slice(commands.indexOf(after))))
					return [{ install, by: after, how: "`|| echo` follows" }];
				return [];
			}
			if (after.before === ";" && !strict && install.before !== "keyword" && depth === 0)
				return [{ install, how: `\`; ${after.words[0]?.text ?? ""}\` follows` }];
			if (after.before !== "&&" && after.before !== "|") return [];
		}
		return [];
	});
}

/** `|| echo failed && exit 1` */
const escapes = (rest: readonly Command[]): boolean =>
	rest.slice(1, 3).some(({ words }) => /^(?:exit|false|return)$/.test(words[0]?.text ?? ""));
