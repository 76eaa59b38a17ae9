import { healthSchema } from "../../contracts/health.ts";
import { outcome, passed, said } from "../runtime/outcomes.ts";
import type { ControlCheck, Found } from "../triage-check.ts";

export default {
	code: "TR155",
	scope: "runtime",
	looksAt: "control",
	severity: "error",
	question: "Does the control api answer and find what it needs?",
	why: "Results are indexed and jobs are triggered there; without it the web page stands still while the workers are well.",
	example: "the control api at http://127.0.0.1:8100/health answers 502 → see its log",
	run({ api }) {
		if (!api) return passed("nothing: cres.yaml names no control api (env.REINDEX_URL)");
		const { url, status, answer } = api;
		const evidence = [
			said("control", status === null ? answer : `HTTP ${status}: ${answer.slice(0, 300)}`, "control api"),
		] as const;
		const fix = { say: "start it, and read its log" };
		if (status === null)
			return outcome(url, [{ message: `the control api at ${url} does not answer: ${answer}`, evidence, fix }]);
		const health = parsed(answer);
		if (!health)
			return outcome(url, [{ message: `what answers at ${url} is not our api (HTTP ${status})`, evidence, fix }]);
		const down = (["temporal", "minio"] as const).filter((name) => health[name] !== "ok" && health[name] !== "n/a");
		const wrongRole: Found[] =
			health.role === "control"
				? []
				: [
						{
							message: `what answers at ${url} is a ${health.role} api, not the control api`,
							evidence,
							fix: { say: "correct env.REINDEX_URL in cres.yaml, then cres deploy" },
						},
					];
		const faults = down.map((name): Found => ({
			message: `the control api finds ${name} ${health[name]}${health.reasons[name] ? `: ${health.reasons[name]}` : ""}`,
			evidence,
			fix,
		}));
		return outcome(url, [...wrongRole, ...faults]);
	},
} satisfies ControlCheck;

function parsed(text: string) {
	try {
		return healthSchema.parse(JSON.parse(text));
	} catch {
		return undefined;
	}
}
