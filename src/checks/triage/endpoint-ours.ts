import { outcome, passed, said } from "../runtime/outcomes.ts";
import type { InstanceCheck } from "../triage-check.ts";

const WRONG: readonly string[] = ["host_key_mismatch", "wrong_instance", "host_key_unverified"];

export default {
	code: "TR102",
	scope: "runtime",
	looksAt: "instance",
	unreached: true,
	severity: "error",
	question: "Is it our instance that answers there?",
	why: "A rented address goes to another tenant when the instance is made again. A healthy answer from the wrong machine is worse than none.",
	example: "203.0.113.7:41022 shows another host key than the one on record → cres endpoint discover gpu-1",
	run({ instance }) {
		const { name, endpoint, unreachable, insideFailure } = instance;
		const failure = [unreachable, insideFailure].find((one) => one !== null && WRONG.includes(one.code));
		if (!failure) {
			const key = endpoint?.fingerprint ?? "no key on record";
			return passed(instance.inside === null ? "nothing: it did not log in" : `host key ${key}`);
		}
		const known = endpoint
			? [said(name, `${endpoint.fingerprint ?? "no host key"} is on record for ${endpoint.at}`, "endpoint")]
			: [];
		const found = {
			message: failure.message,
			evidence: [said(name, `${failure.code}: ${failure.message}`, "sshd"), ...known] as const,
			fix: { say: failure.hint ?? `cres endpoint discover ${name}` },
		};
		return outcome("the host key and CONTAINER_ID", [found]);
	},
} satisfies InstanceCheck;
