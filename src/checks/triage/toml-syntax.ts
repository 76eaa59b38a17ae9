import { tomlFaults } from "../data/toml.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const TEMPLATE = /\{\{|\{%|<%/;

export default {
	code: "TS110",
	scope: "static",
	severity: "error",
	question: "Does every TOML file parse, with each key and table once?",
	why: "pip, uv, cargo and wrangler refuse the whole file, so that nothing is installed or deployed.",
	example: '`name = worker` in pyproject.toml: text stands in quotes, `name = "worker"`.',
	run(tree) {
		const files = tree.in("toml").filter(({ path }) => !isAside(path) && !isTest(path) && !path.endsWith(".lock"));
		const findings = files.flatMap((file): Found[] =>
			file.has(TEMPLATE)
				? []
				: tomlFaults(file.lines).map(({ message, line, other }) => ({
						message: `${file.path} is no TOML: ${message}`,
						evidence: [file.place(line), ...(other === undefined ? [] : [file.place(other)])],
						fix: { say: other === undefined ? "mend the line" : "keep one of the two" },
					})),
		);
		return { looked: `${files.length} TOML files`, findings };
	},
} satisfies StaticCheck;
