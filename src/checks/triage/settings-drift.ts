import { outcome, passed, said } from "../runtime/outcomes.ts";
import type { InstanceCheck } from "../triage-check.ts";

export default {
	code: "TR105",
	scope: "runtime",
	looksAt: "instance",
	severity: "warning",
	question: "Does the container have today's settings?",
	why: "A setting that was changed in cres.yaml or .env has no effect until the next deploy; a rotated secret fails meanwhile.",
	example: "MINIO_SECRET_KEY changed since that release → cres deploy cpu-1",
	run({ instance: { name, drift, container } }) {
		if (!container) return passed("nothing: no container runs");
		if (drift === null)
			return outcome("", [], [{ what: `the settings of ${name} could not be compared`, how: `cres status ${name}` }]);
		const found = {
			message: `${drift.join(", ")} ${drift.length === 1 ? "has" : "have"} changed since the container of ${name} was made`,
			evidence: [said(name, `made with other ${drift.join(", ")}`, "container", container.since)] as const,
			fix: { say: `cres deploy ${name}` },
		};
		return outcome("settings of cres.yaml and .env", drift.length > 0 ? [found] : []);
	},
} satisfies InstanceCheck;
