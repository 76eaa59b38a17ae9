import { schedulesOf, type Schedule } from "../data/schedules.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS126",
	scope: "static",
	severity: "error",
	question: "Does a job of a certain hour run once in it?",
	why: "`* 3 * * *` is every minute from 3:00 to 3:59: the nightly job starts sixty times, and each start meets the ones before.",
	example: '`cron: "* 3 * * *"` for a job of the night: write `0 3 * * *`.',
	run(tree) {
		const schedules = schedulesOf(tree);
		const others = tree.files.filter(({ path }) => standingOf(path) === "live" && !isAside(path) && !isTest(path));
		return {
			looked: `${schedules.length} schedules`,
			findings: [
				...schedules.flatMap(often),
				...others.flatMap((file) => [...inCelery(file), ...inApscheduler(file), ...inTimer(file)]),
			],
		};
	},
} satisfies StaticCheck;

const FIXED = /^\d{1,2}(?:,\d{1,2})*$/;
const MEANT = /every minute|each minute|minutely|once a minute|every second|jede minute|per minute/i;

function often({ file, line, text, fields, seconds, by }: Schedule): Found[] {
	// Of workflows another check tells.
	if (by === "workflow") return [];
	const [minute = "", hour = ""] = fields;
	const around = file.lines.slice(Math.max(0, line - 3), line).join("\n");
	if (MEANT.test(around)) return [];
	const bySecond = seconds === "*" && FIXED.test(minute) && minute.split(",").length < 6;
	const byMinute =
		(minute === "*" || minute === "*/1") && FIXED.test(hour) && (seconds === undefined || FIXED.test(seconds));
	if (!bySecond && !byMinute) return [];
	const right = [...(seconds === undefined ? [] : ["0"]), ...(byMinute ? ["0"] : [minute]), ...fields.slice(1)].join(
		" ",
	);
	const what = bySecond ? `every second of minute ${minute}` : `every minute of hour ${hour}, and not once`;
	return [
		{
			message: `the schedule \`${text}\` of ${file.path} runs ${what}`,
			evidence: [file.place(line)],
			fix: { say: `write \`${right}\`` },
		},
	];
}

const CRONTAB = /\bcrontab\(([^()\n]*)\)/g;

/** Celery's crontab() takes every minute where none is named. */
const inCelery = (file: SourceFile): Found[] =>
	file.language !== "python" || !file.has(/celery/)
		? []
		: file.matches(CRONTAB).flatMap(({ 0: all, 1: inside, index }): Found[] => {
				if (
					!/\bhour\s*=\s*["']?\d{1,2}(?:,\d{1,2})*["']?\s*(?:,|$)/.test(inside!) ||
					/\bminute\s*=/.test(inside!) ||
					isComment(file, index)
				)
					return [];
				if (!/^\s*\w+\s*=/.test(inside!) || MEANT.test(file.placeAt(index).text)) return [];
				return [
					{
						message: `\`${all}\` of ${file.path} runs every minute of its hour: crontab() takes each minute where none is named`,
						evidence: [file.placeAt(index)],
						fix: { say: `write crontab(minute=0, ${inside!.trim()})` },
					},
				];
			});

/** `minute="*", hour=3` */
const inApscheduler = (file: SourceFile): Found[] =>
	file.language !== "python" || !file.has(/apscheduler|add_job|CronTrigger/)
		? []
		: file.matches(/\b(?:add_job|scheduled_job|CronTrigger)\(([^()]*)\)/g).flatMap(({ 1: inside, index }): Found[] =>
				/\bhour\s*=\s*["']?\d{1,2}["']?\s*(?:,|$)/.test(inside!) &&
				/\bminute\s*=\s*["']\*["']/.test(inside!) &&
				!isComment(file, index)
					? [
							{
								message: `a job of ${file.path} runs every minute of its hour: minute="*"`,
								evidence: [file.placeAt(index + file.text.slice(index).search(/minute/))],
								fix: { say: "write minute=0" },
							},
						]
					: [],
			);

/** `OnCalendar=*-*-* 03:*:00` */
const inTimer = (file: SourceFile): Found[] =>
	!file.path.endsWith(".timer")
		? []
		: file.lines.flatMap((text, index): Found[] =>
				/^OnCalendar=\S*(?:\s\S+)?\s\d{2}:\*(?::\d{2})?\s*$/.test(text)
					? [
							{
								message: `\`${text}\` of ${file.path} runs every minute of its hour`,
								evidence: [file.place(index + 1)],
								fix: { say: `write ${text.replace(":*", ":00")}` },
							},
						]
					: [],
			);
