import { causeLine } from "../../system/log-cause.ts";
import { evidenceOf, outcome, passed, said } from "../runtime/outcomes.ts";
import type { InstanceCheck } from "../triage-check.ts";

export default {
	code: "TR106",
	scope: "runtime",
	looksAt: "instance",
	severity: "warning",
	question: "Was the container restarted by its daemon?",
	why: "A container that its daemon restarts ends by itself: the process owner in it dies, or the machine was rebooted.",
	example: "restarted 7 times → read the end of its log",
	run({ instance: { name, container, log } }) {
		if (!container) return passed("nothing: no container runs");
		if (container.restarts === 0) return passed(`the restarts of the container, since ${container.since}`);
		const cause = causeLine(log);
		const times = container.restarts === 1 ? "once" : `${container.restarts} times`;
		const found = {
			message: `the container of ${name} was restarted ${times}${cause ? `; its last error: ${cause.text}` : ""}`,
			evidence: [
				said(name, `${container.restarts} restarts; it runs since ${container.since}`, "container", container.since),
				...(cause ? [evidenceOf(name, cause)] : []),
			] as const,
			fix: { say: `cres logs ${name} --tail 200` },
		};
		return outcome("the restarts of the container", [found]);
	},
} satisfies InstanceCheck;
