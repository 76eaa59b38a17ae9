import { registerHooks } from "node:module";
import { messageOf } from "../../errors/errors.ts";
import type { SourceFile } from "../tree/source-file.ts";

interface GithubFault {
	message: string;
	/** From 1. */
	line: number;
}

/** The bundle holds the package's schema; from the sources, Node wants an attribute that the package does not write. */
let loadable = !import.meta.url.endsWith(".ts");
/** GitHub takes a whole `env` or `services` from an expression; its parser does not. */
const STRICTER = /BasicExpressionToken|^Unexpected value 'repository_dispatch'$/;
const ECHO =
	/^The workflow must contain at least one job|^There's not enough info|^Required property is missing: (?:jobs|name|description)$/;

/** GitHub's own reader of workflow files. It takes 0.2 s to load: only where there are workflows. */
export async function loadGithubParser(): Promise<typeof import("./github-packages.ts")> {
	if (!loadable) {
		loadable = true;
		registerHooks({
			resolve(specifier, context, next) {
				const found = next(specifier, context);
				const isSchema = found.url.endsWith(".json") && (context.parentURL ?? "").includes("/@actions/");
				return isSchema ? { ...found, importAttributes: { ...found.importAttributes, type: "json" } } : found;
			},
		});
	}
	return import("./github-packages.ts");
}

/** What GitHub would say of a workflow or an action that is valid YAML. */
export async function githubFaults({ path, text }: SourceFile, isAction: boolean): Promise<GithubFault[]> {
	const { parseWorkflow, parseAction, convertWorkflowTemplate, NoOperationTraceWriter } = await loadGithubParser();
	const trace = new NoOperationTraceWriter();
	const file = { name: path, content: text };
	const { context, value } = isAction ? parseAction(file, trace) : parseWorkflow(file, trace);
	if (!isAction && value !== undefined) await convertWorkflowTemplate(context, value);
	const faults = context.errors.getErrors().map(({ message, range }): [string, GithubFault] => {
		const bare = message.replace(/^.*?\(Line: \d+, Col: \d+\): /, "").replace(`${path}: `, "");
		return [`${range?.start.line} ${bare}`, { message: bare.split("\n")[0]!, line: range?.start.line ?? 1 }];
	});
	const own = [...new Map(faults).values()].filter(({ message }) => !STRICTER.test(message));
	const first = own.filter(({ message }) => !ECHO.test(message));
	return faults.length > own.length || first.length > 0 ? oneCircle(first) : own;
}

/** GitHub names every job of a circle. */
const oneCircle = (faults: readonly GithubFault[]): GithubFault[] => {
	const circle = faults.find(({ message }) => message.includes("cycle"));
	return faults.filter((one) => one === circle || !one.message.includes("cycle"));
};

const STATUS = ["always", "cancelled", "failure", "success"];
const OF_STEP = ["github", "needs", "strategy", "matrix", "job", "runner", "env", "vars", "steps", "inputs"];
const OF_JOB = ["github", "needs", "vars", "inputs"];

/** What GitHub would say of a condition without braces, which its parser of files does not look into. */
export async function conditionFault(source: string, isStep: boolean): Promise<string | undefined> {
	const { Lexer, Parser } = await import("@actions/expressions");
	const functions = [...STATUS, ...(isStep ? ["hashFiles"] : [])].map((name) => ({ name, minArgs: 0, maxArgs: 255 }));
	try {
		new Parser(new Lexer(source).lex().tokens, isStep ? OF_STEP : OF_JOB, functions).parse();
		return undefined;
	} catch (error) {
		return messageOf(error).split("\n")[0];
	}
}
