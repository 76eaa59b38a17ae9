import type { Found, StaticCheck } from "../triage-check.ts";
import { counted, workflowsOf, type Workflow } from "../workflows/model.ts";
import type { Part } from "../workflows/part.ts";

/** Days of the months of a leap year. */
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export default {
	code: "TS226",
	scope: "static",
	severity: "warning",
	question: "Can every schedule come, and not more often than GitHub allows?",
	why: "A day that no month has never comes, and GitHub starts a workflow every five minutes at most.",
	example:
		'`cron: "0 3 31 2 *"` never comes; `cron: "* * * * *"` comes every five minutes at most, and spends the minutes of the account.',
	run(tree) {
		return { looked: counted(tree), findings: workflowsOf(tree).flatMap(faultsOf) };
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
