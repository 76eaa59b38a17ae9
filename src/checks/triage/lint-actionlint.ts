import { z } from "zod";
import { lint, type Linter } from "../linters/run-linter.ts";
import { workflowFiles } from "../linters/workflows.ts";
import type { StaticCheck } from "../triage-check.ts";

/** `-format '{{json .}}'`: github.com/rhysd/actionlint/blob/main/docs/usage.md. */
const output = z
	.array(z.object({ filepath: z.string(), line: z.int(), kind: z.string(), message: z.string() }))
	.nullable();

/** What GitHub itself refuses. Labels of runners and inputs of actions change faster than any table of them. */
const FAULTS = new Set([
	...["syntax-check", "expression", "job-needs", "events", "id", "glob", "permissions", "shell-name", "env-var"],
	"if-cond",
]);
/** Advice on injections, which is a check of its own. */
const ADVICE = /potentially untrusted/;

const ACTIONLINT: Linter = {
	tool: "actionlint",
	noun: "workflow",
	nameOf: (_, at) => `${at}.yml`,
	argsFor: (names) => ["-no-color", "-shellcheck=", "-pyflakes=", "-format", "{{json .}}", ...names],
	exits: [0, 1],
	read: (stdout) =>
		(output.parse(JSON.parse(stdout)) ?? [])
			.filter(({ kind, message }) => FAULTS.has(kind) && !ADVICE.test(message))
			.map(({ filepath, line, kind, message }) => ({
				...{ name: filepath, line, message },
				say: `correct it: actionlint's rule ${kind}, https://github.com/rhysd/actionlint/blob/main/docs/checks.md`,
			})),
};

export default {
	code: "TS901",
	scope: "static",
	severity: "error",
	waits: true,
	question: "Does actionlint find errors in the workflows?",
	why: "GitHub refuses such a workflow or runs it with an empty value, and nobody sees it before the next event.",
	example: "`needs: biuld` names no job; `needs: build` does.",
	run: (tree, signal, world) => lint(ACTIONLINT, workflowFiles(tree), { signal, world }),
} satisfies StaticCheck;
