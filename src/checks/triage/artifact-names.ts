import { nearest } from "../../system/nearest.ts";
import { counted, workflowsOf, type Step, type Workflow } from "../workflows/model.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS243",
	scope: "static",
	severity: "error",
	question: "Is every artifact that a job downloads uploaded by a job of its workflow?",
	why: "The job that needs it fails at its first step: `Artifact not found for name`.",
	example: "`upload-artifact` with `name: web-dist` and `download-artifact` with `name: web-build`: write one name.",
	run(tree) {
		return { looked: counted(tree), findings: workflowsOf(tree).flatMap(inWorkflow) };
	},
} satisfies StaticCheck;

const isOf = ({ uses }: Step, action: string): boolean =>
	uses?.text?.startsWith(`actions/${action}-artifact@`) === true;

function inWorkflow({ jobs, kind, file }: Workflow): Found[] {
	const steps = jobs.flatMap((job) => job.steps);
	const uploads = steps.filter((step) => isOf(step, "upload"));
	// A called workflow, an action of the tree or a script may upload, too.
	const others =
		kind === "action" ||
		jobs.some(({ uses }) => uses !== undefined) ||
		steps.some(
			({ uses }) =>
				uses?.text !== undefined &&
				(/^\.\.?\//.test(uses.text) ||
					(/artifact|pages|sbom|scan|provenance|attest/i.test(uses.text) &&
						!/^actions\/(?:up|down)load-artifact@/.test(uses.text))),
		) ||
		file.has(/@actions\/artifact|uploadArtifact/);
	const names = uploads.map((step) => step.with.get("name")?.text ?? "artifact");
	if (others || names.some((name) => name.includes("${{"))) return [];
	return steps
		.filter(
			(step) =>
				isOf(step, "download") &&
				!["run-id", "repository", "github-token", "artifact-ids"].some((key) => step.with.has(key)),
		)
		.flatMap((step): Found[] => {
			const part = step.with.get("name");
			const name = part?.text;
			if (name === undefined || name === "" || name.includes("${{") || names.includes(name)) return [];
			const [word] = name.split(/[-_.]/);
			const meant =
				names.length === 1 ? names[0] : (nearest(name, names) ?? names.find((one) => one.split(/[-_.]/)[0] === word));
			const upload = uploads.find((one) => (one.with.get("name")?.text ?? "artifact") === meant);
			return [
				{
					message: `job \`${step.job.id}\` downloads the artifact ${name}, and no job of ${file.path} uploads it`,
					evidence: [part!.place, ...(upload === undefined ? [] : [(upload.with.get("name") ?? upload.uses!).place])],
					fix: { say: meant === undefined ? `upload ${name} in a job before` : `write ${meant} for ${name}` },
				},
			];
		});
}
