import type { Found, StaticCheck } from "../triage-check.ts";
import { counted, workflowsOf, type Workflow } from "../workflows/model.ts";
import { omittedInputs, type Omitted } from "../workflows/omitted.ts";

export default {
	code: "TS214",
	scope: "static",
	severity: "warning",
	question: "Does every path filter let through what the image is made from?",
	why: "A change of a file that the filter omits builds nothing: the commit has the new file, the image the old one.",
	example:
		"`paths: [src/**]` for a Dockerfile with `COPY requirements.txt .`. Add requirements.txt and the Dockerfile.",
	run(tree) {
		return {
			looked: counted(tree),
			findings: workflowsOf(tree).flatMap((workflow) =>
				omittedInputs(tree, workflow).map((one) => foundFor(one, workflow)),
			),
		};
	},
} satisfies StaticCheck;

function foundFor({ filter, input, omits, all, stale }: Omitted, { file }: Workflow): Found {
	const what = omits[0] === input.path ? input.path : `${input.path}/**`;
	const part =
		omits.length < all
			? `${omits[0]}${omits.length > 1 ? ` and ${omits.length - 1} more files of ${input.path}` : ""}`
			: input.path;
	const says = filter.ignores ? "ignores" : "omits";
	const because = stale === undefined ? "" : `: its \`${stale.text}\` matches no file`;
	return {
		message: `${filter.name} of ${file.path} ${says} ${part}, which the image is built from${because}`,
		evidence: [stale?.place ?? filter.place, input.place],
		fix: {
			say: filter.ignores
				? `take the pattern that matches ${input.path} out`
				: stale === undefined
					? `add ${what} to the filter`
					: `write ${what} for ${stale.text}`,
		},
	};
}
