import { Expression, sectionOf, type Job, type Section, type Step, type Tree, type Workflow } from "./workflow.ts";

/** Actions that a workflow may use. */
const ACTIONS = ["actions/checkout", "actions/setup-node"];
/** One command of cres or npm, which may write to a file; sudo where the tests need root. */
const COMMAND =
	/^(?:sudo env "PATH=\$PATH" CI=true )?(?:npm|node bin\/run\.js|npx --no cres) [^;&|`<>(\n]*(?:>>? [\w.]+ 2>&1)?$/;
const RUNNER = "ubuntu-24.04";
const SECRET = /\b(?:secrets\.\w+|github\.token)\b/g;

/** What of a workflow is against the rules, a line each. */
export const faultsOf = ({ tree, jobs }: Workflow): string[] => [
	...(isEmpty(tree["permissions"]) ? [] : ["top: no line permissions: {}"]),
	...(tree["concurrency"] ? [] : ["top: no concurrency"]),
	...jobs.flatMap((job) => jobFaults(job).map((fault) => `${job.id}: ${fault}`)),
];

const isEmpty = (tree: Tree | undefined): boolean =>
	tree !== undefined && tree !== null && typeof tree === "object" && Object.keys(tree).length === 0;

function jobFaults({ tree, steps }: Job): string[] {
	const permissions = Object.values(sectionOf(tree["permissions"]));
	return [
		...(permissions.length > 0 ? [] : ["names no permissions"]),
		...("timeout-minutes" in tree ? [] : ["has no timeout-minutes"]),
		...(tree["runs-on"] === RUNNER ? [] : [`its runner is not ${RUNNER}`]),
		...(secretsIn(tree["env"]).length > 0 ? ["a secret for every step"] : []),
		...steps.flatMap(stepFaults),
	];
}

function stepFaults({ tree }: Step): string[] {
	const { uses, run } = tree;
	return typeof uses === "string"
		? actionFaults(uses, sectionOf(tree["with"]))
		: commandFaults(run!, sectionOf(tree["env"]));
}

function actionFaults(uses: string, inputs: Section): string[] {
	const [name, version = ""] = uses.split("@");
	const keeps = name === "actions/checkout" && inputs["persist-credentials"] !== "false";
	return [
		...(ACTIONS.includes(name!) ? [] : [`${uses} is not one of the actions`]),
		...(/^[0-9a-f]{40}$/.test(version) ? [] : [`${uses} is not pinned by a full SHA`]),
		...(keeps ? ["checkout without persist-credentials: false"] : []),
	];
}

function commandFaults(run: Tree, env: Section): string[] {
	if (typeof run !== "string") return ["an expression in a script"];
	const held = [
		"ATTEST_KEY",
		"REGISTRY_PASSWORD",
		...Object.keys(env).filter((name) => secretsIn(env[name]).length > 0),
	];
	const told = held.some((name) => run.includes(`$${name}`) || run.includes(`\${${name}`));
	return [
		...(COMMAND.test(run) ? [] : [`not one cres or npm command: ${run}`]),
		...(told ? [`a secret in an argument: ${run}`] : []),
	];
}

const secretsIn = (tree: Tree | undefined): string[] => {
	if (tree instanceof Expression) return tree.source.match(SECRET) ?? [];
	return tree !== null && typeof tree === "object" ? Object.values(tree).flatMap((one) => secretsIn(one as Tree)) : [];
};

/** The command of each step → the secrets that it is handed. */
export const secretsOf = ({ jobs }: Workflow): Record<string, string[]> =>
	Object.fromEntries(
		jobs
			.flatMap(({ steps }) => steps)
			.map(({ tree }) => [nameOf(tree["run"]), secretsIn(tree["env"]).toSorted()] as const)
			.filter(([, secrets]) => secrets.length > 0),
	);

const nameOf = (run: Tree | undefined): string =>
	typeof run === "string" ? (/^(?:node bin\/run\.js|npx --no cres) ([a-z]+(?: [a-z]+)?)/.exec(run)?.[1] ?? run) : "";

/** Whether the filter of `on.push.paths` lets a file start the workflow, one function a pattern: `*` and `**` as GitHub reads them. */
export function pathFilters({ tree }: Workflow): ((file: string) => boolean)[] {
	const paths = sectionOf(sectionOf(tree["on"])["push"])["paths"];
	return ((paths ?? []) as string[]).map((pattern) => {
		const source = pattern
			.replaceAll(/[.+^$()|[\]{}?\\]/g, "\\$&")
			.replaceAll(/\*\*?/g, (star) => (star === "**" ? ".*" : "[^/]*"));
		const matcher = new RegExp(`^${source}$`);
		return (file: string) => matcher.test(file);
	});
}
