import { standingOf } from "../facts/standing.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const OFF =
	/StrictHostKeyChecking["']?(?:[ \t]*[=:][ \t]*|[ \t]+)["']?(no|off|false)\b|\bset_missing_host_key_policy\(\s*(?:paramiko\.)?(AutoAddPolicy|WarningPolicy)/g;

export default {
	code: "TS256",
	scope: "static",
	severity: "warning",
	question: "Does ssh ask who the other machine is before it sends anything?",
	why: "A rented address goes to another customer after the machine: without the check, code and credentials go to whoever answers there.",
	example:
		"An option of ssh that takes every key without a question: write accept-new, and keep the keys in a known_hosts file of this system.",
	run(tree) {
		const files = tree.files.filter(
			(file) =>
				!/^(?:markdown|text)$/.test(file.language) &&
				file.includes("ost") &&
				standingOf(file.path) === "live" &&
				!isAside(file.path),
		);
		return { looked: `${files.length} files`, findings: files.flatMap((file) => inFile(tree, file)) };
	},
} satisfies StaticCheck;

function inFile(tree: Tree, file: SourceFile): Found[] {
	if (!file.has(/StrictHostKeyChecking|missing_host_key/)) return [];
	const found = file.matches(OFF).filter(({ index }) => !isComment(file, index));
	const [first, ...rest] = [...new Set(found.map(({ index }) => file.lineAt(index)))].map((line) => file.place(line));
	if (first === undefined) return [];
	return [
		{
			message: `${file.path} sends to whoever answers: ssh does not check the key of the machine (${found[0]![1] ?? found[0]![2]!})`,
			evidence: [first, ...rest],
			fix: {
				say:
					found[0]![1] === undefined
						? "load a known_hosts file and use RejectPolicy"
						: `write ${strictest(tree, file)} for it, with a known_hosts file of this system`,
			},
		},
	];
}

const YES = /StrictHostKeyChecking["']?(?:[ \t]*[=:][ \t]*|[ \t]+)["']?yes\b/;

/** As the rest of the tree has it: `yes` where another place refuses a key that it does not know. */
const strictest = (tree: Tree, own: SourceFile): string => {
	const other = tree.files.find((file) => file !== own && standingOf(file.path) === "live" && file.has(YES));
	return other === undefined ? "accept-new" : `yes, as in ${other.path},`;
};
