import { nearest } from "../../system/nearest.ts";
import { ownOf } from "../../system/own-of.ts";
import type { Tree } from "../tree/tree.ts";
import type { Reference } from "./expressions.ts";
import type { Job, Step, Workflow } from "./model.ts";
import { jobOutputs, outputsOf } from "./outputs.ts";
import type { Part } from "./part.ts";

/** https://docs.github.com/actions/reference/workflows-and-actions/contexts */
const PROPERTIES: Readonly<Record<string, readonly string[]>> = {
	github:
		"action action_path action_ref action_repository action_status actor actor_id api_url artifact_cache_size_limit base_ref env event event_name event_path graphql_url head_ref job output path ref ref_name ref_protected ref_type repository repository_id repository_owner repository_owner_id repository_visibility repositoryurl retention_days run_attempt run_id run_number secret_source server_url sha state step_summary token triggering_actor workflow workflow_ref workflow_sha workspace".split(
			" ",
		),
	runner: "name os arch temp tool_cache debug environment workspace".split(" "),
	job: "check_run_id container services status workflow_file_path workflow_ref workflow_repository workflow_sha".split(
		" ",
	),
	strategy: ["fail-fast", "job-index", "job-total", "max-parallel"],
};

/** Where an expression stands. */
export interface Where {
	tree: Tree;
	workflow: Workflow;
	job: Job | undefined;
	/** The steps before count; undefined: all of the job's. */
	step: Step | undefined;
}

/** What is wrong with a name of an expression. */
interface NameFault {
	message: string;
	/** What it was probably meant to be, or what to do. */
	say: string;
	/** The other side. */
	also?: Part;
}

/** What the payloads of the events hold, at the top and of their repository: only a name that is nearly one of these is a fault. */
const PAYLOAD: Readonly<Record<string, readonly string[]>> = {
	event:
		"action after alert before base_ref branches changes check_run check_suite client_payload comment commits compare created deleted deployment deployment_status discussion forced head_commit inputs installation issue label member merge_group milestone number organization package pages pull_request pusher ref ref_type registry_package release repository requested_reviewer review schedule sender workflow workflow_job workflow_run".split(
			" ",
		),
	repository:
		"clone_url default_branch description fork full_name html_url id language license name node_id owner private ssh_url topics url visibility".split(
			" ",
		),
};
const ALIASES: Readonly<Record<string, string>> = {
	repo: "repository",
	pr: "pull_request",
	pullrequest: "pull_request",
	head: "head_commit",
};

function eventFault(path: readonly string[]): NameFault | undefined {
	const inRepository = path[2] === "repository" && path[3] !== undefined && path[3] !== "*";
	const name = inRepository ? path[3]! : path[2]!;
	const known = PAYLOAD[inRepository ? "repository" : "event"]!;
	const meant = known.includes(name)
		? undefined
		: inRepository
			? nearest(name, known, 2)
			: (ownOf(ALIASES, name) ?? nearest(name, known, 1));
	if (meant === undefined || meant === name || name === "*") return undefined;
	return { message: `no event has \`${path.join(".")}\`, so that it is empty`, say: `write ${meant} for ${name}` };
}

const has = (known: Iterable<string>, name: string): boolean =>
	[...known].some((one) => one.toLowerCase() === name.toLowerCase());

function unlike(what: string, name: string, known: readonly string[], also?: Part): NameFault {
	const meant = nearest(name, known);
	const say =
		meant === undefined ? `use one that exists: ${known.join(", ") || "there is none"}` : `write ${meant} for ${name}`;
	return { message: what, say, ...(also && { also }) };
}

/** The fault of one dotted name; undefined when it exists, or nobody can tell. */
export function nameFault({ path, hasDefault }: Reference, where: Where): NameFault | undefined {
	const [context, name] = [path[0]!.toLowerCase(), path[1]!];
	if (name === "*") return undefined;
	const known = ownOf(PROPERTIES, context);
	if (known !== undefined && !known.includes(name.toLowerCase()))
		return unlike(
			`the context \`${context}\` has no property \`${name}\`, so that \`${path.join(".")}\` is empty`,
			name,
			known,
		);
	if (context === "github" && name === "event" && path[2] !== undefined) {
		const fault = eventFault(path);
		if (fault !== undefined) return fault;
	}
	if (context === "needs") return needsFault(path, where);
	if (context === "steps") return stepsFault(path, where);
	if (hasDefault) return context === "inputs" ? misspelledInput(name, where) : undefined;
	if (context === "matrix") return matrixFault(name, where);
	if (context === "inputs") return inputsFault(name, where);
	if (context === "github" && name === "event" && path[2] === "inputs" && path[3] !== undefined)
		return inputsFault(path[3], where);
	return undefined;
}

function needsFault([, name, kind, output]: readonly string[], { tree, workflow, job }: Where): NameFault | undefined {
	if (job === undefined || workflow.kind === "action") return undefined;
	const needs = job.needs.map(({ text }) => text!);
	const other = workflow.jobs.find(({ id }) => id.toLowerCase() === name!.toLowerCase());
	if (!has(needs, name!)) {
		if (needs.some((one) => one.includes("${{"))) return undefined;
		const message = `job \`${job.id}\` reads \`needs.${name}\` and does not need \`${name}\`, so that it is empty`;
		return other === undefined
			? unlike(message, name!, needs, job.part)
			: { message, say: `add ${name} to its needs`, also: job.part };
	}
	if (kind !== undefined && !["outputs", "result", "*"].includes(kind))
		return unlike(`\`needs.${name}\` has no \`${kind}\``, kind, ["outputs", "result"]);
	const outputs = other && kind === "outputs" && output !== undefined ? jobOutputs(other, tree) : undefined;
	if (outputs === undefined || output === "*" || has(outputs, output!)) return undefined;
	return unlike(
		`job \`${name}\` has no output \`${output}\`, so that \`needs.${name}.outputs.${output}\` is empty`,
		output!,
		[...outputs],
		other!.part,
	);
}

function stepsFault(
	[, name, kind, output]: readonly string[],
	{ tree, workflow, job, step }: Where,
): NameFault | undefined {
	if (job === undefined && workflow.kind === "workflow") return undefined;
	const all = (job ?? workflow.jobs[0])?.steps ?? [];
	const found = all.find(({ id }) => id?.toLowerCase() === name!.toLowerCase());
	const ids = all.flatMap(({ id }) => id ?? []);
	if (found === undefined)
		return unlike(`no step of the job has the id \`${name}\`, so that \`steps.${name}\` is empty`, name!, ids);
	if (step !== undefined && found.index >= step.index)
		return {
			message: `step "${step.title}" reads \`steps.${name}\`, which runs ${found === step ? "only then" : "after it"}`,
			say: "move the step that writes above the one that reads",
			also: found.part,
		};
	if (kind !== undefined && !["outputs", "outcome", "conclusion"].includes(kind))
		return unlike(`\`steps.${name}\` has no \`${kind}\``, kind, ["outputs", "outcome", "conclusion"], found.part);
	const outputs = kind === "outputs" && output !== undefined && output !== "*" ? outputsOf(found, tree) : undefined;
	if (outputs === undefined || has(outputs, output!)) return undefined;
	return unlike(
		`step \`${name}\` has no output \`${output}\`, so that \`steps.${name}.outputs.${output}\` is empty`,
		output!,
		[...outputs],
		found.run ?? found.part,
	);
}

function matrixFault(name: string, { workflow, job }: Where): NameFault | undefined {
	if (job === undefined || workflow.kind === "action") return undefined;
	const matrix = job.part.get("strategy", "matrix");
	if (matrix === undefined)
		return job.part.get("strategy")?.text === undefined
			? {
					message: `job \`${job.id}\` has no matrix, so that \`matrix.${name}\` is empty`,
					say: `give it strategy.matrix.${name}, or the value itself`,
				}
			: undefined;
	const include = matrix.get("include");
	if (matrix.kind !== "map" || (include !== undefined && include.kind !== "list")) return undefined;
	const rows = include?.list ?? [];
	if (rows.some(({ kind }) => kind !== "map")) return undefined;
	const keys = new Set([...matrix.map.keys(), ...rows.flatMap(({ map }) => [...map.keys()])]);
	["include", "exclude"].forEach((key) => keys.delete(key));
	return has(keys, name)
		? undefined
		: unlike(
				`the matrix of job \`${job.id}\` has no \`${name}\`, so that \`matrix.${name}\` is empty`,
				name,
				[...keys],
				matrix,
			);
}

const declaredInputs = ({ root, on }: Workflow): Part[] =>
	[root, ...["workflow_call", "workflow_dispatch"].flatMap((event) => on.get(event) ?? [])].flatMap(
		(part) => part.get("inputs") ?? [],
	);

/** `inputs.tga || 'edge'`: the default always holds. Where no input is declared, it is what a copy of another file left. */
function misspelledInput(name: string, where: Where): NameFault | undefined {
	return declaredInputs(where.workflow).length === 0 ? undefined : inputsFault(name, where);
}

function inputsFault(name: string, { workflow }: Where): NameFault | undefined {
	const declared = declaredInputs(workflow);
	const keys = declared.flatMap(({ map }) => [...map.keys()]);
	return has(keys, name)
		? undefined
		: unlike(`${workflow.file.path} declares no input \`${name}\`, so that it is empty`, name, keys, declared[0]);
}
