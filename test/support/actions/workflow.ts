import type { WorkflowTemplate } from "@actions/workflow-parser/model/workflow-template";
import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";
import { parser } from "./parser.ts";

/** What stood between `${{` and `}}`; a text with several becomes one call of format(). */
export class Expression {
	readonly source: string;
	constructor(source: string) {
		this.source = source;
	}
}

/** YAML as data, with its expressions still to be evaluated. */
export type Tree = string | number | boolean | null | Expression | Tree[] | { [name: string]: Tree };
export type Section = Readonly<Record<string, Tree>>;

export interface Step {
	id: string | undefined;
	/** As GitHub evaluates it: `success() && (…)` unless it asks for the status itself. */
	if: string;
	/** Everything that the file says of it. */
	tree: Section;
}

export interface Job {
	id: string;
	needs: string[];
	if: string;
	tree: Section;
	steps: Step[];
}

export interface Workflow {
	/** Path of its file. */
	file: string;
	tree: Section;
	jobs: Job[];
}

/** Reads a workflow as GitHub does. @throws Error with every fault: YAML, schema, expressions, ids, circles of needs */
export async function readWorkflow(file: string, text: string): Promise<Workflow> {
	const { convertWorkflowTemplate, parseWorkflow, NoOperationTraceWriter } = parser;
	const { context, value } = parseWorkflow({ name: file, content: text }, new NoOperationTraceWriter());
	const template = value && (await convertWorkflowTemplate(context, value));
	const faults = new Set([
		...context.errors.getErrors().map(({ message }) => message),
		...(template?.errors ?? []).map(({ Message }) => Message),
	]);
	if (faults.size > 0 || !value || !template) throw new Error(`${file}:\n${[...faults].join("\n")}`);
	const tree = sectionOf(treeOf(value));
	return { file, tree, jobs: template.jobs.map((job) => jobOf(job, sectionOf(sectionOf(tree["jobs"])[job.id.value]))) };
}

function jobOf(job: WorkflowTemplate["jobs"][number], tree: Section): Job {
	if (job.type !== "job") throw new Error(`${job.id.value} calls another workflow, which this runner does not do`);
	const steps = job.steps.map((step, index): Step => {
		const own = sectionOf((tree["steps"] as Tree[])[index]);
		const id = typeof own["id"] === "string" ? own["id"] : undefined;
		return { id, if: step.if?.expression ?? "success()", tree: own };
	});
	const needs = (job.needs ?? []).map(({ value }) => value);
	return { id: job.id.value, needs, if: job.if.expression, tree, steps };
}

function treeOf(token: TemplateToken): Tree {
	if (parser.isMapping(token))
		return Object.fromEntries([...token].map(({ key, value }) => [key.toString(), treeOf(value)]));
	if (parser.isSequence(token)) return [...token].map(treeOf);
	if (parser.isBasicExpression(token)) return new Expression(token.expression);
	if (parser.isString(token) || parser.isNumber(token) || parser.isBoolean(token)) return token.value;
	return null;
}

/** A mapping of the file; empty where there is none. */
export const sectionOf = (tree: Tree | undefined): Section =>
	tree !== null && typeof tree === "object" && !Array.isArray(tree) && !(tree instanceof Expression) ? tree : {};
