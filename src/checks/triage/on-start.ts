import { inSection, outcome, passed, said } from "../runtime/outcomes.ts";
import type { Found, InsideCheck } from "../triage-check.ts";

export default {
	code: "TR135",
	scope: "runtime",
	looksAt: "inside",
	severity: "error",
	question: "Was the container started by the on-start of its release?",
	why: "At Vast the on-start script starts the programs. Somebody else's, or one that failed, leaves a container that is up and does nothing.",
	example: "the on-start of gpu-1 is not ours → cres deploy gpu-1 stages it again",
	run({ instance: { name, releases }, inside }) {
		if (inside.contract === null) return passed("nothing: what is no contract has no on-start");
		return inSection(inside, "onStart", ({ rollout, ran }) => {
			const last = releases.findLast(({ outcome: ended }) => ended === "live");
			const findings: Found[] = [];
			const place = said(
				name,
				`/root/onstart.sh: ${rollout === null ? "not one of cres" : `of rollout ${rollout}`}`,
				"on-start",
			);
			const fix = { say: `cres deploy ${name}` };
			if (rollout === null) findings.push({ message: `the on-start of ${name} is not ours`, evidence: [place], fix });
			else if (!ran)
				findings.push({
					message: `the on-start of ${name} did not come to its end: the container has no id`,
					evidence: [place],
					fix: { say: `cres logs ${name}, then cres restart ${name}` },
				});
			else if (last && last.id !== rollout)
				findings.push({
					message: `${name} was started by the on-start of rollout ${rollout}, but its last release is ${last.id}`,
					evidence: [place, said("records", `release ${last.id}`, "releases", last.at)],
					fix,
					severity: "warning",
				});
			return outcome("the on-start script", findings);
		});
	},
} satisfies InsideCheck;
