import { outcome, passed, said } from "../runtime/outcomes.ts";
import type { InstanceCheck } from "../triage-check.ts";
import type { Failure } from "../runtime/facts.ts";

/** These mean that somebody else may answer; they are another check's. */
const IDENTITY = ["host_key_mismatch", "wrong_instance", "host_key_unverified"];

/** Who is at the address is asked before how it does. */
const failureIn = ({
	unreachable,
	insideFailure,
	container,
}: {
	unreachable: Failure | null;
	insideFailure: Failure | null;
	container: unknown;
}) => unreachable ?? (container === null ? null : insideFailure);

export default {
	code: "TR101",
	scope: "runtime",
	looksAt: "instance",
	unreached: true,
	severity: "error",
	question: "Does the instance answer?",
	why: "Nothing else can be known of an instance that does not answer; deploys to it fail before their first step.",
	example: "cpu-1 does not answer at 203.0.113.7:41022 (connection refused) → cres endpoint discover cpu-1",
	run({ instance }) {
		const failure = failureIn(instance);
		if (!failure || IDENTITY.includes(failure.code)) return passed(`ssh and the daemon of ${instance.name}`);
		const { name, endpoint } = instance;
		const at = endpoint
			? [said(name, `on record at ${endpoint.at}, since ${endpoint.since ?? "cres.yaml"}`, "endpoint")]
			: [];
		const found = {
			message: failure.message,
			evidence: [
				said(name, `${failure.code}: ${failure.message}`, "ssh", new Date(instance.takenAt).toISOString()),
				...at,
			] as const,
			fix: { say: failure.hint ?? `cres status ${name}` },
		};
		return outcome(`ssh and the daemon of ${name}`, [found]);
	},
} satisfies InstanceCheck;
