import { requirementFilesOf } from "../python/requirements.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const TEMPLATE = /\{\{|\{%|<%/;

export default {
	code: "TS332",
	scope: "static",
	severity: "error",
	question: "Can pip read every line of the requirement files, and the files that they include?",
	why: "pip stops at the first line that is no requirement: `name==` without a version, half a line, a file that was renamed.",
	example: "`torch==` → `torch==2.5.1`.",
	run(tree) {
		const files = requirementFilesOf(tree).filter(
			({ file }) => !isAside(file.path) && !isTest(file.path) && !file.has(TEMPLATE),
		);
		const findings = files.flatMap(({ file, faults, includes }): Found[] => [
			...faults.map(({ message, line }) => ({
				message: `pip cannot read ${file.path}: ${message}`,
				evidence: [file.place(line)] as const,
				fix: { say: "write name==version, or take the line out" },
			})),
			...includes
				.filter(({ path }) => !/[$]|:\/\//.test(path) && !path.startsWith("..") && !tree.has(path))
				.map(({ path, line }) => ({
					message: `${file.path} includes ${path}, which is not in the tree`,
					evidence: [file.place(line)] as const,
					fix: { say: "name a file of the tree, or take the line out" },
				})),
		]);
		return { looked: `${files.length} requirement files`, findings };
	},
} satisfies StaticCheck;
