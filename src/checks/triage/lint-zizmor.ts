import { z } from "zod";
import { lint, type Linter } from "../linters/run-linter.ts";
import { workflowFiles } from "../linters/workflows.ts";
import type { StaticCheck } from "../triage-check.ts";

const location = z.object({
	symbolic: z.object({
		kind: z.string(),
		annotation: z.string(),
		key: z.object({ Local: z.object({ verbatim_path: z.string() }) }),
	}),
	concrete: z.object({ location: z.object({ start_point: z.object({ row: z.int() }) }) }),
});
/** `--format json-v1`: docs.zizmor.sh/usage. */
const output = z.array(
	z.object({
		ident: z.string(),
		desc: z.string(),
		url: z.string(),
		ignored: z.boolean(),
		locations: z.array(location).min(1),
	}),
);

/** What lets others run code or read secrets; the rest of the rules is hardening. */
const FAULTS = new Set([
	...["bot-conditions", "github-env", "hardcoded-container-credentials", "insecure-commands", "template-injection"],
	"unsound-contains",
]);

const ZIZMOR: Linter = {
	tool: "zizmor",
	noun: "workflow",
	nameOf: (_, at) => `${at}.yml`,
	argsFor: (names) => [
		...[
			"--offline",
			"--no-config",
			"--no-progress",
			"--quiet",
			"--min-severity",
			"medium",
			"--min-confidence",
			"medium",
		],
		...["--format", "json-v1", "--", ...names],
	],
	exits: [0, 10, 11, 12, 13, 14],
	none: 3,
	read: (stdout) =>
		output
			.parse(JSON.parse(stdout))
			.filter(({ ident, ignored }) => FAULTS.has(ident) && !ignored)
			.map(({ ident, desc, url, locations }) => {
				const { symbolic, concrete } = locations.find((one) => one.symbolic.kind === "Primary") ?? locations[0]!;
				return {
					...{ name: symbolic.key.Local.verbatim_path, line: concrete.location.start_point.row + 1 },
					...{ message: `${desc}: ${symbolic.annotation} (${ident})`, say: `correct it: ${url} shows how` },
				};
			}),
};

export default {
	code: "TS904",
	scope: "static",
	severity: "warning",
	waits: true,
	question: "Does zizmor find ways into the workflows?",
	why: "Who can name a branch or an issue runs commands in such a job, with its token.",
	example:
		'`run: echo ${{ github.event.issue.title }}` runs what the title says; `env: { TITLE: … }` with `echo "$TITLE"` prints it.',
	run: (tree, signal, world) => lint(ZIZMOR, workflowFiles(tree), { signal, world }),
} satisfies StaticCheck;
