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
		const findings = [...lines.flatMap(inCrontab), ...parts.flatMap(inPart), ...unread(lines), ...misnamed(tree)];
		return { looked: `${lines.length + parts.length} schedules`, findings };
	},
} satisfies StaticCheck;

/** cron takes no line that does not end. */
const unread = (lines: readonly CronLine[]): Found[] =>
	[...new Map(lines.map((one) => [one.file, one])).values()].flatMap(({ file, by, system }): Found[] => {
		const last = file.lines.length;
		const cut = !file.has(/\n\s*$/) && lines.some((one) => one.file === file && one.line === last);
		return !cut || !(system || by !== undefined) || file.language !== "text"
			? []
			: [
					{
						message: `${file.path} has no line end after its last line, which cron does not read`,
						evidence: [file.place(last), ...(by === undefined ? [] : [by])],
						fix: { say: "end the file with a newline" },
					},
				];
	});

const DOTTED = /\s["']?\/etc\/cron\.d\/([\w-]+\.[\w.-]+)(?=["'\s]|$)/;

/** Debian's cron passes over files in /etc/cron.d whose names have a dot. */
const misnamed = (tree: Tree): Found[] =>
	tree.in("dockerfile").flatMap((file) =>
		!file.has(/\bapt(?:-get)?\s[^\n]*install/)
			? []
			: file.lines.flatMap((text, index): Found[] => {
					const name = /^\s*(?:COPY|ADD)\b/i.test(text) ? DOTTED.exec(text)?.[1] : undefined;
					return name === undefined
						? []
						: [
								{
									message: `${file.path} puts ${name} into /etc/cron.d, and Debian's cron passes over names with a dot`,
									evidence: [file.place(index + 1)],
									fix: {
										say: `write /etc/cron.d/${name.replaceAll(/\.(?:cron|txt|conf|crontab)$/g, "").replaceAll(".", "-")}`,
									},
								},
							];
				}),
	);

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
