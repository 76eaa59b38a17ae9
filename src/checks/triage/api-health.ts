import { healthSchema, type Health } from "../../contracts/health.ts";
import { inSection, outcome, said } from "../runtime/outcomes.ts";
import type { Found, InsideCheck } from "../triage-check.ts";

const NAMES = ["temporal", "minio", "llama", "whisper"] as const;
/** What no job can do without. */
const NEEDED: readonly string[] = ["temporal", "minio"];

export default {
	code: "TR115",
	scope: "runtime",
	looksAt: "inside",
	severity: "error",
	question: "Does the compute api say that it and what it needs are well?",
	why: "It is the one place that asks every dependency with its own credential, from where the work is done.",
	example: "minio is down: getaddrinfo ENOTFOUND store → TR121 says which rung is broken",
	run: ({ instance: { name, container }, inside }) =>
		inSection(inside, "health", ({ port, status, answer }) => {
			const looked = `/health on port ${port}`;
			const evidence = [
				said(name, status === null ? answer : `HTTP ${status}: ${answer.slice(0, 300)}`, "api"),
			] as const;
			const fix = { say: `cres logs ${name} --program api --tail 50` };
			if (status === null)
				return outcome(looked, [
					{ message: `the api of ${name} does not answer on port ${port}: ${answer}`, evidence, fix },
				]);
			const health = parsed(answer);
			if (!health)
				return outcome(looked, [
					{ message: `what answers on port ${port} of ${name} is not our api (HTTP ${status})`, evidence, fix },
				]);
			const findings = faults(name, health);
			const build = container?.buildId;
			if (build !== undefined && build !== "" && health.buildId !== build)
				findings.push({
					message: `the api of ${name} says that it is build ${health.buildId}, but its container is ${build}`,
					evidence,
					fix: { say: `cres deploy ${name}` },
				});
			return outcome(looked, findings);
		}),
} satisfies InsideCheck;

function faults(name: string, health: Health): Found[] {
	return NAMES.filter((one) => health[one] === "down" || health[one] === "unknown").map((one) => ({
		message: [`the api of ${name} finds ${one} ${health[one]}`, health.reasons[one]].filter(Boolean).join(": "),
		evidence: [said(name, `${one}: ${health[one]} ${health.reasons[one] ?? ""}`.trim(), "api /health")],
		fix: {
			say: NEEDED.includes(one) ? `cres triage ${name} names the broken rung` : `cres logs ${name} --program ${one}`,
		},
		severity: NEEDED.includes(one) ? "error" : "warning",
	}));
}

function parsed(text: string): Health | undefined {
	try {
		return healthSchema.parse(JSON.parse(text));
	} catch {
		return undefined;
	}
}
