import { cronLines, type CronLine } from "../data/crontabs.ts";
import { scheduleFault } from "../data/cron.ts";
import { clusterOf, isComputed } from "../kubernetes/manifests.ts";
import type { Tree } from "../tree/tree.ts";
import type { Part } from "../workflows/part.ts";
import { workflowsOf } from "../workflows/model.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS360",
	scope: "static",
	severity: "error",
	question: "Does every schedule of cron, of a CronJob and of a workflow mean what it says?",
	why: "cron drops a line that it cannot read, ends a command at the first `%`, and takes a missing user for the command: the job never runs, and nobody hears of it.",
	example: "`0 3 * * * root backup > /var/log/b-$(date +%F).log`: write `\\%`. `30 24 * * *`: hours end at 23.",
	run(tree) {
		const lines = cronLines(tree);
		const parts = scheduled(tree);
		const findings = [...lines.flatMap(inCrontab), ...parts.flatMap(inPart)];
		return { looked: `${lines.length + parts.length} schedules`, findings };
	},
} satisfies StaticCheck;

function scheduled(tree: Tree): Part[] {
	const jobs = clusterOf(tree).manifests.filter(({ kind, broken }) => kind === "CronJob" && !broken);
	const crons = workflowsOf(tree).flatMap(({ on }) => on.get("schedule")?.list ?? []);
	return [
		...jobs.flatMap(({ root }) => root.get("spec", "schedule") ?? []),
		...crons.flatMap((part) => part.get("cron") ?? []),
	];
}

function inPart(part: Part): Found[] {
	const text = part.text?.replace(/^(?:CRON_)?TZ=\S+\s+/, "") ?? "";
	const fault = text === "" || isComputed(text) ? undefined : scheduleFault(text);
	return fault === undefined
		? []
		: [
				{
					message: `the schedule \`${text}\` ${fault}`,
					evidence: [part.place],
					fix: { say: "write minute, hour, day, month and day of the week, each within its bounds" },
				},
			];
}

function inCrontab(one: CronLine): Found[] {
	const place = one.file.place(one.line);
	const fault = scheduleFault(one.schedule);
	const found: Found[] = [];
	if (fault !== undefined)
		found.push({
			message: `the schedule \`${one.schedule}\` of ${one.file.path} ${fault}`,
			evidence: [place],
			fix: { say: "write minute, hour, day, month and day of the week, each within its bounds" },
		});
	if (isCut(one.rest))
		found.push({
			message: `${one.file.path} has a bare % in a command: cron ends the command there, and gives it the rest as input`,
			evidence: [place],
			fix: { say: "write \\% for each %, or put the command into a script" },
		});
	return [...found, ...withoutUser(one), ...withUser(one)];
}

/** A program's path, or one that no user is called like. */
const COMMAND =
	/^["']?(?:[/.~$]|(?:cd|bash|sh|python3?|node|php|curl|wget|docker|find|rm|test|nice|flock|timeout|env|cp|mv|tar|rsync|echo|date|psql|pg_dump|certbot|npm|npx)$|\w+=)|\.(?:sh|py|php|pl|rb|js)$|^\[$/;

function withoutUser({ file, line, rest, system, by }: CronLine): Found[] {
	const [first = ""] = rest.split(/\s/);
	if (!system || !COMMAND.test(first)) return [];
	return [
		{
			message: `${file.path} names no user before ${first}: cron takes the command for one`,
			evidence: [file.place(line), ...(by === undefined ? [] : [by])],
			fix: { say: `write the user before the command: root ${first}` },
		},
	];
}

/** `crontab FILE` is one user's, and its lines name nobody. */
function withUser({ file, line, rest, own, by }: CronLine): Found[] {
	const [, user] = /^(root|www-data|nobody|app|ubuntu|deploy)\s+(?=[/.]|(?:cd|bash|sh|python3?)\s)/.exec(rest) ?? [];
	if (!own || user === undefined) return [];
	return [
		{
			message: `${file.path} names the user ${user} before a command, and it is installed by crontab, whose lines have none: cron looks for a program ${user}`,
			evidence: [file.place(line), ...(by === undefined ? [] : [by])],
			fix: { say: `take ${user} out of the line, or copy the file to /etc/cron.d` },
		},
	];
}

/** A `%` of a format of date, or within `$(…)`, was never meant to begin the input. */
const isCut = (command: string): boolean => /\bdate\b[^|;&]*?(?<!\\)%|\$\([^)]*(?<!\\)%|(?<!\\)%[a-zA-Z]/.test(command);
