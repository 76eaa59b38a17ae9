import type { Tree } from "../tree/tree.ts";
import type { Found } from "../triage-check.ts";
import { workflowsOf, type Workflow } from "./model.ts";
import type { Part } from "./part.ts";

/** Whoever asks for all of them, or for one by a computed name, may ask for any. */
const ALL = /\btoJSON\(\s*(?:inputs|github(?:\.event(?:\.inputs)?)?)\s*\)|\binputs\[\s*(?!['"])|EVENT_PATH|event_path/i;
const KEPT = /\b(?:un-?used|ignored|deprecated|no longer|obsolete|reserved|compatib\w+|legacy)\b/i;

/**
 * Inputs of workflows and composite actions that must be given, or are given by a call of the tree, and that no
 * expression of the file reads. GitHub hands inputs to expressions alone (and to a node or container action, which is
 * left out): "Contexts reference", `inputs` and `github.event.inputs`.
 */
export function unreadInputs(tree: Tree, givenBy: (path: string, name: string) => readonly Part[]): Found[] {
	return workflowsOf(tree).flatMap((workflow) => {
		if (!workflow.file.includes("inputs") || workflow.file.has(ALL)) return [];
		return [...Map.groupBy(declaredIn(workflow), ([name]) => name.toLowerCase())].flatMap(([key, all]): Found[] => {
			const { file } = workflow;
			const [[name]] = all as [[string, Part]];
			const given = givenBy(file.path, name);
			const isWanted = given.length > 0 || all.some(([, part]) => part.get("required")?.text === "true");
			const isKept = all.some(([, part]) => KEPT.test(allTextOf(part)));
			if (!isWanted || isKept || reads(key).test(file.text)) return [];
			const [first, ...rest] = [...all.map(([, part]) => part), ...given].map(({ place }) => place);
			return [
				{
					message: `${file.path} takes the input \`${name}\`, and no expression of it reads it`,
					evidence: [first!, ...rest],
					fix: { say: `use \${{ inputs.${name} }} where it should count, or take the input out` },
					severity: "warning",
				},
			];
		});
	});
}

const declaredIn = ({ kind, root, on }: Workflow): (readonly [string, Part])[] => {
	if (kind === "action") return root.get("runs")?.get("using")?.text === "composite" ? listOf(root) : [];
	return ["workflow_call", "workflow_dispatch"].flatMap((event) => listOf(on.get(event)));
};

const listOf = (part: Part | undefined): (readonly [string, Part])[] => [...(part?.get("inputs")?.map ?? [])];

const allTextOf = (part: Part): string =>
	["description", "deprecationMessage"].map((key) => part.get(key)?.text ?? "").join(" ");

const reads = (name: string): RegExp => {
	const own = RegExp.escape(name);
	return new RegExp(`\\binputs\\s*(?:\\.\\s*${own}(?![\\w-])|\\[\\s*['"]${own}['"])`, "i");
};
