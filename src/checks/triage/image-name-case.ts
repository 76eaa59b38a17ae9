import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";
import type { Tree } from "../tree/tree.ts";
import { dockerCall } from "../workflows/docker.ts";
import { counted, workflowsOf, type Job, type Workflow } from "../workflows/model.ts";
import type { Part } from "../workflows/part.ts";
import { scriptOf, scriptsOf, type StepScript } from "../workflows/script.ts";

const REPOSITORY = /github\.repository(?:_owner)?\b(?!_)|GITHUB_REPOSITORY(?:_OWNER)?\b(?!_)/;
const LOWERS =
	/,,\}|\$\{\w+,,|\[:lower:\]|tr\s+["']?A-Z|\.lower\(|toLowerCase|ToLower|ascii_downcase|string-case-action|lowercase/i;
/** docker/metadata-action lowers what it is given; these do not. */
const TAKES = ["tags", "cache-from", "cache-to", "image", "images"];

export default {
	code: "TS208",
	scope: "static",
	severity: "warning",
	question: "Is no image named after the repository without lower-casing?",
	why: "An image reference has no capital letters; the name of an owner or a repository may have some, and then every push fails.",
	example:
		'`tags: ghcr.io/${{ github.repository }}:latest`. Lower it first: `echo "IMAGE=${GITHUB_REPOSITORY,,}" >> "$GITHUB_ENV"`.',
	run(tree) {
		const lower = ownName(tree);
		const findings = lower === true ? [] : workflowsOf(tree).flatMap((workflow) => named(workflow, lower === false));
		const byName = Map.groupBy(scriptsOf(tree).flatMap(inCapitals), ({ name }) => name);
		return { looked: counted(tree), findings: [...findings, ...[...byName].map(capital)] };
	},
} satisfies StaticCheck;

/** A reference with its registry, written out, whose name has a capital letter. */
const CAPITAL = /^["']?[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?\/(?=[^:@$"']*[A-Z])[\w./-]+(?:[:@][^"']*)?["']?$/;

interface Capital {
	name: string;
	place: FilePlace;
}

const inCapitals = (script: StepScript): Capital[] =>
	script.commands
		.filter((command) => ["build", "push", "tag", "pull", "run"].includes(dockerCall(command)?.verb ?? ""))
		.flatMap((command) => command.words)
		.filter((word) => CAPITAL.test(script.raw(word)))
		.map((word) => ({
			name: script
				.raw(word)
				.replaceAll(/["']/g, "")
				.replace(/(?<=\/[^/]*)[:@].*$/, ""),
			place: script.place(word.start),
		}));

function capital([name, all]: [string, readonly Capital[]]): Found {
	const [first, ...rest] = all.map(({ place }) => place);
	return {
		message: `${name} has a capital letter: Docker takes it for no reference of an image`,
		severity: "error",
		evidence: [first!, ...rest],
		fix: { say: `write ${name.toLowerCase()}` },
	};
}

/** Whether the repository is known to be written in small letters; undefined when nobody says. */
function ownName(tree: Tree): boolean | undefined {
	const facts = ["package.json", "pyproject.toml", "go.mod", "Cargo.toml", "setup.cfg"].flatMap(
		(path) => tree.file(path) ?? [],
	);
	const told = facts.flatMap(({ path, text }) => {
		const pattern =
			path === "go.mod"
				? /^module github\.com\/([\w.-]+\/[\w.-]+)/gm
				: /(?:repository|homepage|source)[^\n]*?github\.com[/:]([\w.-]+\/[\w.-]+)/gi;
		return [...text.matchAll(pattern)].map(([, name]) => name!.replace(/\.git$/, ""));
	});
	return told[0] === undefined ? undefined : told.every((name) => name === name.toLowerCase());
}

function named(workflow: Workflow, capital: boolean): Found[] {
	if (LOWERS.test(workflow.file.text)) return [];
	return workflow.jobs.flatMap((job) => {
		const holders = [workflow.root, job.part, ...job.steps.map(({ part }) => part)].flatMap((part) => [
			...(part.get("env")?.map ?? []),
		]);
		const variables = new Map(holders.filter(([, part]) => REPOSITORY.test(part.text ?? "")));
		const [place, side] = usedBy(job, variables) ?? [];
		if (place === undefined) return [];
		return [
			{
				message: `job \`${job.id}\` names an image after the repository without lower-casing, and ${capital ? "its name has a capital letter" : "an owner or a name with a capital letter is no image reference"}`,
				evidence: side === undefined ? [place] : [side, place],
				fix: {
					say: 'lower it in a step before: echo "IMAGE=ghcr.io/${GITHUB_REPOSITORY,,}" >> "$GITHUB_ENV", and use ${{ env.IMAGE }}',
				},
				...(capital && { severity: "error" as const }),
			},
		];
	});
}

type Use = [place: FilePlace, variable?: FilePlace];

function usedBy(job: Job, variables: ReadonlyMap<string, Part>): Use | undefined {
	for (const step of job.steps) {
		const action = step.uses?.text?.split("@")[0] ?? "";
		const fields = action.startsWith("docker/build-push-action")
			? TAKES.flatMap((key) => step.with.get(key) ?? [])
			: [];
		for (const field of fields) {
			const at = field.text?.search(REPOSITORY) ?? -1;
			if (at >= 0) return [field.placeIn(at)];
			for (const [name, part] of variables) {
				const use = field.text?.search(new RegExp(`\\benv\\.${RegExp.escape(name)}\\b`)) ?? -1;
				if (use >= 0) return [field.placeIn(use), part.place];
			}
		}
		const found = inScript(step, variables);
		if (found !== undefined) return found;
	}
	return undefined;
}

function inScript(step: Job["steps"][number], variables: ReadonlyMap<string, Part>): Use | undefined {
	const script = scriptOf(step);
	for (const command of script?.commands ?? []) {
		if (!["build", "push", "tag", "pull"].includes(dockerCall(command)?.verb ?? "")) continue;
		for (const word of command.words) {
			const raw = script!.raw(word);
			if (REPOSITORY.test(raw) && /[/:]/.test(raw.replaceAll(/\$\{\{[^]*?\}\}/g, "")))
				return [script!.place(word.start)];
			for (const [name, part] of variables)
				if (new RegExp(`\\$\\{?${RegExp.escape(name)}\\b|\\benv\\.${RegExp.escape(name)}\\b`).test(raw))
					return [script!.place(word.start), part.place];
		}
	}
	return undefined;
}
