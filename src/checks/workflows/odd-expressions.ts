import type { Found } from "../triage-check.ts";
import { referencesBelow, textsBelow } from "./expressions.ts";
import type { Workflow } from "./model.ts";
import type { Part } from "./part.ts";

const NO_DOLLAR =
	/(?<![$\\{])\{\{\s*((?:github|secrets|env|vars|matrix|steps|needs|inputs|runner)\.[\w.-]+)[^{}\n]*\}\}/g;

/** `{{ github.sha }}` without `$`, and conditions that are a text and so always hold. */
export const oddExpressions = ({ root }: Workflow): Found[] =>
	[...textsBelow(root)].flatMap(([key, part]) => [...withoutDollar(part), ...(key === "if" ? alwaysTrue(part) : [])]);

const withoutDollar = (part: Part): Found[] =>
	[...part.text!.matchAll(NO_DOLLAR)].map(({ index, 0: whole, 1: name }) => ({
		message: `\`${whole}\` has no $ before its braces: it stays as it is written`,
		evidence: [part.placeIn(index)],
		fix: { say: `write \${{ ${name} }}` },
	}));

function alwaysTrue(part: Part): Found[] {
	const text = part.text!;
	if (!text.includes("${{")) return [];
	const [first, ...others] = [...text.matchAll(/\$\{\{[^]*?\}\}/g)];
	if (first !== undefined && others.length === 0 && first[0] === text) return [];
	return [
		{
			message: `the condition \`${text.trim().slice(0, 80)}\` always holds: what stands beside the braces makes it a text`,
			evidence: [part.placeIn(0)],
			fix: {
				say: "put the whole condition into one pair of braces, or take the braces out; no blank or line end beside them",
			},
		},
	];
}

/** Actions that set no variable for the steps after them. */
const QUIET =
	/^(?:actions\/(?:checkout|cache|upload-artifact|download-artifact|setup-node|github-script)|docker\/(?:login|setup-buildx|setup-qemu|build-push)-action)@/;

/** `env.NAME` that nothing in the workflow sets. */
export function unsetVariables({ root, jobs, file, kind }: Workflow): Found[] {
	if (kind === "action") return [];
	return jobs.flatMap((job) => {
		if (job.steps.some(({ uses }) => uses !== undefined && !QUIET.test(uses.text!))) return [];
		const scripts = job.steps.map(({ run }) => run?.text ?? "").join("\n");
		// A program that is called may write any name.
		if (
			/GITHUB_ENV/.test(scripts) &&
			/\$\w+=|\}=|>>\s*["']?\$\{?GITHUB_ENV/.test(scripts.replaceAll(/(?:echo|printf)\s+["']?\w+=/g, "")) &&
			!/echo/.test(scripts)
		)
			return [];
		const sets = (name: string) => new RegExp(`(?:^|[^\\w.])${name}(?:=|<<|\\s*:)`, "m").test(file.text);
		const used = referencesBelow(job.part).filter(
			({ path, hasDefault }) => path[0]!.toLowerCase() === "env" && path.length === 2 && !hasDefault,
		);
		const unset = used.filter(
			({ path }) => !sets(path[1]!) && root.get("env", path[1]!) === undefined && !/\$\{?\w+\}?=/.test(scripts),
		);
		const first = new Map(unset.toReversed().map((one) => [one.path[1]!, one]));
		return [...first].map(([name, { part, at }]): Found => ({
			message: `nothing in ${file.path} sets \`env.${name}\`, so that it is empty`,
			evidence: [part.placeIn(at)],
			fix: { say: `set ${name} in an env of the workflow, the job or the step` },
		}));
	});
}
