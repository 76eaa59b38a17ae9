import { editOf } from "../facts/found.ts";
import { ciFiles } from "../workflows/model.ts";
import type { Part } from "../workflows/part.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS368",
	scope: "static",
	severity: "error",
	question: "Is every version that ends in 0 a text to CI, and not a number?",
	why: "YAML reads 3.10 as the number 3.1: another version is installed than the one that stands there, or none.",
	example: '`python-version: 3.10`: write "3.10".',
	run(tree) {
		const parts = ciFiles(tree).flatMap(({ root }) => versionsBelow(root, ""));
		return { looked: `${ciFiles(tree).length} files of CI`, findings: parts.map(foundFor) };
	},
} satisfies StaticCheck;

const NAME = /(?:^|[-_])(?:version|versions|python|py|node|go|golang|ruby|java|php|rust|terraform|postgres|django)$/i;

/** Numbers such as 3.10 under a key that names a version. */
function versionsBelow(part: Part, key: string): Part[] {
	const own = part.text !== undefined && !part.quoted && !part.block && /^\d+\.\d*[1-9]0$/.test(part.text);
	if (own) return NAME.test(key) ? [part] : [];
	return [
		...part.list.flatMap((one) => (one.kind === "list" ? [] : versionsBelow(one, key))),
		...[...part.map].flatMap(([name, one]) => (name === "run" ? [] : versionsBelow(one, name))),
	];
}

const foundFor = (part: Part): Found => ({
	message: `${part.text!} without quotes is the number ${Number(part.text)} to ${part.file.path}`,
	evidence: [part.file.placeAt(part.valueAt)],
	fix: {
		say: `write "${part.text!}"`,
		...editOf(part.file, part.file.lineAt(part.valueAt), part.text!, `"${part.text!}"`),
	},
});
