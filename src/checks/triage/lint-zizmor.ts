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

/**
 * What lets others run code or read secrets, and what no check of ours sees: template-injection, unpinned-uses and
 * excessive-permissions are untrusted-input, action-pins and token-permissions. The rest of the rules is hardening.
 */
const FAULTS = new Set([
	...["bot-conditions", "github-env", "hardcoded-container-credentials", "insecure-commands"],
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
		'`echo "REF=$GITHUB_HEAD_REF" >> "$GITHUB_ENV"` lets a branch name set any variable of later steps (github-env).',
	run: (tree, signal, world) => lint(ZIZMOR, workflowFiles(tree), { signal, world }),
} satisfies StaticCheck;
