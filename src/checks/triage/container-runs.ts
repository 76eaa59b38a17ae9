import { causeLine } from "../../system/log-cause.ts";
import { evidenceOf, outcome, passed, said } from "../runtime/outcomes.ts";
import type { Found, InstanceCheck } from "../triage-check.ts";

export default {
	code: "TR103",
	scope: "runtime",
	looksAt: "instance",
	severity: "error",
	question: "Does exactly one container of ours run?",
	why: "Without a container nobody polls; two of them poll the same queues as different builds.",
	example: "its container is stopped → cres start cpu-1",
	run({ instance }) {
		const { name, stopped, containers, log, holder, container } = instance;
		const looked = `the containers of ${name}`;
		if (holder)
			return outcome(
				looked,
				[],
				[
					{
						what: `${name} is being changed by ${holder.owner} (${holder.purpose})`,
						how: "look again when that has ended: cres lock list",
					},
				],
			);
		if (stopped) {
			const cause = causeLine(log);
			const found: Found = {
				message: cause ? `${stopped.detail}; its last error: ${cause.text}` : stopped.detail,
				evidence: [
					...(cause ? [evidenceOf(name, cause)] : []),
					said(name, stopped.detail, "container"),
				] as unknown as Found["evidence"],
				fix: { say: stopped.fix ?? `cres status ${name}` },
			};
			return outcome(looked, [found]);
		}
		if (!container)
			return outcome(looked, [], [{ what: `nothing tells what runs on ${name}`, how: `cres status ${name}` }]);
		if (containers <= 1) return passed(looked);
		const found: Found = {
			message: `${containers} containers of ours run on ${name}`,
			evidence: [
				said(name, `${containers} containers; the newest is build ${container.buildId ?? "unknown"}`, "container"),
			],
			fix: { say: `cres deploy ${name}: it continues what was interrupted, and removes what is left over` },
		};
		return outcome(looked, [found]);
	},
} satisfies InstanceCheck;
