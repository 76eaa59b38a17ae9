import { createHash } from "node:crypto";
import { slug } from "../contracts/objects.ts";
import { WORKFLOW_INPUT, WORKFLOWS } from "../contracts/tasks.ts";
import { UserError } from "../errors/errors.ts";
import { canonicalJson } from "../system/json.ts";
import { didYouMean } from "../system/nearest.ts";
import { shellWord } from "../system/text.ts";
import { shown } from "../system/yaml-text.ts";

type WorkflowType = keyof typeof WORKFLOW_INPUT;

/** A job as it is asked for. */
export interface JobRequest {
	/** Short name, the first part of the execution's id. */
	name: string;
	type: WorkflowType;
	workflowId: string;
	input: unknown;
}

/** The workflow behind a type or short name. @throws UserError unknown_workflow (usage) with the nearest name */
export function workflowNamed(text: string): { name: string; type: WorkflowType } {
	const entries = Object.entries(WORKFLOWS);
	const found = entries.find(([name, type]) => name === text || type === text);
	if (found) return { name: found[0], type: found[1] };
	const names = entries.flat();
	throw new UserError("unknown_workflow", `no workflow is called ${text}`, {
		hint: didYouMean(text, names, `the workflows are ${names.join(", ")}`),
	});
}

/** A checked job of `--input`'s text: JSON, or a bare address for a video. @throws UserError job_input (usage) with every fault */
export function jobOf(workflow: string, text: string, id: string | undefined): JobRequest {
	const { name, type } = workflowNamed(workflow);
	const given = parseInput(type, text.replace(/^\uFEFF/, "").trim());
	const parsed = WORKFLOW_INPUT[type].safeParse(given);
	if (!parsed.success) {
		const faults = parsed.error.issues.map(({ path, message }) =>
			[path.map(String).join("."), `${message}${found(given, path)}`].filter(Boolean).join(": "),
		);
		throw inputFault(type, faults.join("\n"));
	}
	if (id?.trim() === "") throw inputFault(type, "--id: expected a name; it is empty");
	return { name, type, input: parsed.data, workflowId: id ?? idOf(name, parsed.data) };
}

/** The value at a path of the input, where there is one. */
function found(input: unknown, path: readonly PropertyKey[]): string {
	const value = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], input);
	return path.length === 0 || value === undefined ? "" : `; found ${shown(value)}`;
}

function parseInput(type: WorkflowType, text: string): unknown {
	if (type === WORKFLOWS.video && text !== "" && !text.startsWith("{")) return { url: text };
	try {
		return JSON.parse(text) as unknown;
	} catch (error) {
		throw inputFault(type, `the input is not JSON: ${(error as Error).message}`);
	}
}

/** The same work has the same id, so that a second start joins the first. */
function idOf(name: string, input: Readonly<Record<string, unknown>>): string {
	const { url, query, until } = input;
	const work =
		typeof url === "string"
			? [new URL(url).href, query, until].filter((part) => typeof part === "string").join("\0")
			: canonicalJson(input);
	const hash = createHash("sha256").update(work).digest("hex").slice(0, 12);
	return name === "batch" && typeof query === "string" ? `${name}-${slug(query)}-${hash}` : `${name}-${hash}`;
}

const inputFault = (type: string, message: string) =>
	new UserError("job_input", message, {
		hint: `${type} takes an address or JSON: --input https://… or --input '{"url":"https://…","query":"…"}'`,
	});

/** The command that starts or joins this job. */
export function commandOf({ name, workflowId, input }: JobRequest): string {
	const { url, ...rest } = input as { url?: string };
	const text = url !== undefined && Object.keys(rest).length === 0 ? url : JSON.stringify(input);
	const derived = workflowId === idOf(name, input as Record<string, unknown>);
	return `cres run ${name} --input ${shellWord(text)}${derived ? "" : ` --id ${shellWord(workflowId)}`}`;
}
