import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";
import type { Tree } from "../tree/tree.ts";
import { calledBy } from "../workflows/called.ts";
import { counted, workflowsOf, type Job, type Workflow } from "../workflows/model.ts";
import type { Need } from "../workflows/package-rights.ts";
import type { Part } from "../workflows/part.ts";
import { needsOf } from "../workflows/rights.ts";

export default {
	code: "TS210",
	scope: "static",
	severity: "warning",
	question: "Does the token of every job have the rights that it needs, and no others?",
	why: "With a right too few the last step fails with `denied` or 403. Without `permissions` the token gets what the repository's setting gives, often the right to write everything, to every action of the job.",
	example:
		"`permissions: { contents: read, packages: write }` in a job that pushes to ghcr.io with the token of the run.",
	run(tree) {
		const workflows = workflowsOf(tree).filter(({ kind }) => kind === "workflow");
		return {
			looked: counted(tree),
			findings: workflows.flatMap((workflow) => [
				...lacking(workflow),
				...workflow.jobs.flatMap((job) => refused(tree, job)),
				...unsaid(workflow),
			]),
		};
	},
} satisfies StaticCheck;

const permissionsOf = (job: Job): Part | undefined =>
	job.part.get("permissions") ?? job.workflow.root.get("permissions");

function lacking(workflow: Workflow): Found[] {
	// A called workflow may have its rights from the caller.
	return workflow.jobs.flatMap((job) => {
		const permissions = permissionsOf(job);
		if (permissions === undefined || permissions.text === "write-all" || permissions.text?.includes("${{")) return [];
		const needs = needsOf(job).filter(({ scope }) => permissions.get(scope)?.text !== "write");
		return [...Map.groupBy(needs, ({ scope }) => scope)].map(([scope, [need]]) =>
			lacks(job, scope, need!, permissions),
		);
	});
}

function lacks(job: Job, scope: string, { what, step }: Need, permissions: Part): Found {
	const given = permissions.get(scope)?.text ?? "none";
	return {
		message: `job \`${job.id}\` lacks \`${scope}: write\` for ${what}: its permissions give \`${scope}: ${given}\``,
		evidence: [(permissions.get(scope) ?? permissions).place, step.part.place],
		fix: { say: `add \`${scope}: write\` to the permissions of job ${job.id}` },
		severity: "error",
	};
}

const LEVELS = ["none", "read", "write"];
const levelOf = (permissions: Part, scope: string): number =>
	permissions.text === undefined
		? LEVELS.indexOf(permissions.get(scope)?.text ?? "none")
		: LEVELS.indexOf(/^(read|write)-all$/.exec(permissions.text)?.[1] ?? "none");

/** A called workflow gets no more than its caller has: GitHub does not start a run where it asks for more. */
function refused(tree: Tree, job: Job): Found[] {
	const given = permissionsOf(job);
	const called = calledBy(tree, job);
	if (given === undefined || called === undefined || given.text?.includes("${{")) return [];
	const asked = called.jobs.flatMap((inner): Asked[] => {
		const own = permissionsOf(inner);
		if (own === undefined)
			return needsOf(inner).map(({ scope, what, step }) => ({
				scope,
				level: "write",
				of: what,
				place: step.part.place,
			}));
		return [...own.map].map(([scope, part]) => ({
			...{ scope, level: part.text ?? "none", of: `job \`${inner.id}\` of ${called.file.path}` },
			place: part.place,
		}));
	});
	const more = asked.filter(({ scope, level }) => LEVELS.indexOf(level) > levelOf(given, scope));
	return [...new Map(more.toReversed().map((one) => [one.scope, one])).values()].toReversed().map((one) => ({
		message: `job \`${job.id}\` calls ${called.file.path} with \`${one.scope}: ${LEVELS[levelOf(given, one.scope)]!}\`, and ${one.of} needs \`${one.scope}: ${one.level}\``,
		evidence: [(given.get(one.scope) ?? given).place, job.uses!.place, one.place],
		fix: { say: `add \`${one.scope}: ${one.level}\` to the permissions of job ${job.id}` },
		severity: "error",
	}));
}

interface Asked {
	scope: string;
	level: string;
	of: string;
	place: FilePlace;
}

function unsaid({ root, jobs, file, on }: Workflow): Found[] {
	const all = [root, ...jobs.map(({ part }) => part)].flatMap((part) => part.get("permissions") ?? []);
	const wide = all.find(({ text }) => text === "write-all");
	if (wide !== undefined)
		return [
			{
				message: `${file.path} gives the token of its run the right to write everything`,
				evidence: [wide.place],
				fix: { say: "name the rights that the jobs use, such as `contents: read`" },
			},
		];
	const silent =
		root.get("permissions") === undefined ? jobs.filter(({ part }) => part.get("permissions") === undefined) : [];
	if (silent.length === 0 || (on.size === 1 && on.has("workflow_call"))) return [];
	const needs = [...new Set(silent.flatMap(needsOf).map(({ scope }) => `${scope}: write`))];
	return [
		{
			message: `${file.path} does not say what the token of its ${silent.length === jobs.length ? "jobs" : `${silent.length > 1 ? "jobs" : "job"} ${silent.map(({ id }) => `\`${id}\``).join(", ")}`} may do`,
			evidence: [silent.length === jobs.length ? (root.get("jobs") ?? root).place : silent[0]!.part.place],
			fix: {
				say: `add permissions: { ${["contents: read", ...needs.filter((one) => !one.startsWith("contents"))].join(", ")} }`,
			},
			severity: needs.length > 0 || usesSecrets(silent) ? "warning" : "note",
		},
	];
}

const usesSecrets = (jobs: readonly Job[]): boolean =>
	jobs.some(({ part }) => /secrets\.(?!GITHUB_TOKEN)/.test(part.file.text.slice(part.at, part.at + 20_000)));
