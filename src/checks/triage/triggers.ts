import type { Found, StaticCheck } from "../triage-check.ts";
import { deadTriggers } from "../workflows/dead-triggers.ts";
import { counted, workflowsOf, type Workflow } from "../workflows/model.ts";
import type { Part } from "../workflows/part.ts";

/** Days of the months of a leap year. */
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export default {
	code: "TS226",
	scope: "static",
	severity: "warning",
	question: "Can every trigger come: schedules, paths, branches, workflows that are waited for?",
	why: "A workflow that waits for what never comes is silent: no run, no error, nothing is built or tested.",
	example:
		'`cron: "0 3 31 2 *"`; `workflows: [Build]` when the workflow is called "build image"; `paths: [backend/**]` after the folder was renamed.',
	run(tree) {
		return {
			looked: counted(tree),
			findings: workflowsOf(tree).flatMap((workflow) => [...faultsOf(workflow), ...deadTriggers(workflow, tree)]),
		};
	},
} satisfies StaticCheck;

function faultsOf({ on }: Workflow): Found[] {
	return (on.get("schedule")?.list ?? []).flatMap((entry) => {
		const cron = entry.get("cron");
		const fields = cron?.text?.trim().split(/\s+/) ?? [];
		return fields.length === 5 ? (neverComes(fields, cron!) ?? tooOften(fields, cron!) ?? []) : [];
	});
}

function neverComes([, , day, month, weekday]: readonly string[], cron: Part): Found | undefined {
	if (weekday !== "*" || !/^\d+$/.test(day!) || !/^\d+(?:,\d+)*$/.test(month!)) return undefined;
	const longest = Math.max(...month!.split(",").map((one) => DAYS[Number(one) - 1] ?? 31));
	if (Number(day) <= longest) return undefined;
	return {
		message: `the schedule \`${cron.text}\` never comes: month ${month} has no day ${day}`,
		evidence: [cron.place],
		fix: { say: "the fields are minute, hour, day of the month, month, day of the week" },
		severity: "error",
	};
}

function tooOften([minute]: readonly string[], cron: Part): Found | undefined {
	const step = minute === "*" ? 1 : Number(/^(?:\*|0|0-59)\/(\d+)$/.exec(minute!)?.[1] ?? 60);
	if (step >= 5) return undefined;
	return {
		message: `the schedule \`${cron.text}\` asks for a run every ${step === 1 ? "minute" : `${step} minutes`}; GitHub starts one every 5 at most`,
		evidence: [cron.place],
		fix: { say: minute === "*" ? "name the minute: `0 * * * *` is once an hour" : "write */5 or more" },
	};
}
