import { nearest } from "../../system/nearest.ts";
import type { Found, StaticCheck } from "../triage-check.ts";
import type { Tree } from "../tree/tree.ts";
import { counted, workflowsOf, type Job, type Workflow } from "../workflows/model.ts";
import type { Part } from "../workflows/part.ts";
import { unreadInputs } from "../workflows/unread-inputs.ts";

export default {
	code: "TS225",
	scope: "static",
	severity: "error",
	question: "Is every local action and workflow called with the inputs that it declares, and does it read them?",
	why: "An input that is not declared is ignored or refused, one that is missing is empty: the called part runs with its default, or not at all. One that nothing reads has no effect: what is tested or deployed is something else.",
	example: "`uses: ./.github/workflows/build.yml` with `image:` where the workflow declares `image-name`.",
	run(tree) {
		const calls = workflowsOf(tree)
			.flatMap((workflow) => workflow.jobs)
			.flatMap(callsIn);
		return {
			looked: `${counted(tree)}, ${calls.length} calls`,
			findings: [
				...calls.flatMap((call) => faultsOf(call, tree)),
				...unreadInputs(tree, (path, name) =>
					calls.flatMap((call) => (filesOf(call).includes(path) ? givenAs(call, name) : [])),
				),
			],
		};
	},
} satisfies StaticCheck;

interface Call {
	path: string;
	uses: Part;
	given: Part | undefined;
	secrets: Part | undefined;
}

function callsIn(job: Job): Call[] {
	return [job, ...job.steps].flatMap(({ uses, part }) =>
		uses?.text?.startsWith("./")
			? [{ path: uses.text.slice(2).replace(/\/$/, ""), uses, given: part.get("with"), secrets: part.get("secrets") }]
			: [],
	);
}

const filesOf = ({ path }: Call): string[] => [
	path,
	`${path}/action.yml`,
	`${path}/action.yaml`,
	...(path === "" ? ["action.yml", "action.yaml"] : []),
];

const givenAs = ({ given }: Call, name: string): Part[] =>
	[...(given?.map ?? [])].flatMap(([key, part]) => (key.toLowerCase() === name.toLowerCase() ? [part] : []));

function faultsOf(call: Call, tree: Tree): Found[] {
	const own = filesOf(call);
	const called = workflowsOf(tree).find(({ file }) => own.includes(file.path));
	if (called === undefined) return [];
	const trigger = called.on.get("workflow_call");
	if (called.kind === "workflow" && trigger === undefined)
		return [
			{
				message: `${call.path} is called and has no trigger workflow_call`,
				evidence: [(called.root.get("on") ?? called.root).place, call.uses.place],
				fix: { say: "add workflow_call to its on" },
			},
		];
	const inputs = (called.kind === "action" ? called.root : trigger)?.get("inputs")?.map ?? new Map<string, Part>();
	const secrets = trigger?.get("secrets")?.map;
	return [
		...compare(call, call.given, inputs, "input", called),
		...(called.kind === "workflow" && call.secrets?.text !== "inherit" && secrets !== undefined
			? compare(call, call.secrets, secrets, "secret", called)
			: []),
	];
}

function compare(
	call: Call,
	given: Part | undefined,
	declared: ReadonlyMap<string, Part>,
	what: string,
	called: Workflow,
): Found[] {
	return [...unknown(given, declared, what, called), ...lacking(call, given, declared, what, called)];
}

const has = (list: Iterable<string>, name: string): boolean =>
	[...list].some((one) => one.toLowerCase() === name.toLowerCase());

function unknown(
	given: Part | undefined,
	declared: ReadonlyMap<string, Part>,
	what: string,
	{ file, root }: Workflow,
): Found[] {
	const names = [...declared.keys()];
	return [...(given?.map ?? [])]
		.filter(([name]) => !has(names, name))
		.map(([name, part]) => {
			const meant = nearest(name, names);
			return {
				message: `${file.path} declares no ${what} \`${name}\``,
				evidence: [part.place, (declared.get(meant ?? "") ?? root).place],
				fix: {
					say:
						meant === undefined
							? `use one that it declares: ${names.join(", ") || "there is none"}`
							: `write ${meant} for ${name}`,
				},
			};
		});
}

function lacking(
	{ uses }: Call,
	given: Part | undefined,
	declared: ReadonlyMap<string, Part>,
	what: string,
	{ file, kind }: Workflow,
): Found[] {
	const isLacking = (name: string, part: Part) =>
		part.get("required")?.text === "true" && part.get("default") === undefined && !has(given?.map.keys() ?? [], name);
	return [...declared]
		.filter(([name, part]) => isLacking(name, part))
		.map(([name, part]) => ({
			message: `${file.path} needs the ${what} \`${name}\`, and is called without it`,
			evidence: [uses.place, part.place],
			fix: { say: `add ${name}: … to ${what === "input" ? "with" : "secrets"}` },
			// An action does not enforce it.
			severity: kind === "action" ? "warning" : "error",
		}));
}
