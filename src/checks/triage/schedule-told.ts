import { schedulesOf, type Schedule } from "../data/schedules.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS127",
	scope: "static",
	severity: "warning",
	question: "Does every schedule run on the day and at the time that its comment and the documents say?",
	why: "Days of the week are counted from Sunday: whoever relies on the document looks on the wrong day.",
	example: "`30 3 * * 1` and the document says every Sunday at 03:30: write `30 3 * * 0`, or correct the document.",
	run(tree) {
		const schedules = schedulesOf(tree).filter(({ fields }) => fields.length === 5);
		const names = Map.groupBy(schedules, ({ called }) => called);
		const findings = schedules.flatMap((one) => {
			const near = commentOf(one);
			const told = one.called !== undefined && names.get(one.called)!.length === 1 ? documentsOf(tree, one.called) : [];
			const first = [...near, ...told]
				.map((sentence) => contradiction(one, sentence))
				.find((found) => found !== undefined);
			return first === undefined ? [] : [first];
		});
		return { looked: `${schedules.length} schedules`, findings };
	},
} satisfies StaticCheck;

/** A text about one schedule. */
interface Told {
	file: SourceFile;
	line: number;
	text: string;
}

const COMMENT = /(?:^|\s)(?:#|\/\/|\*|--)[ \t]*(.+)$/;

/** On its own line, or on the lines of comment right above it. */
function commentOf({ file, line, text }: Schedule): Told[] {
	const lines: number[] = [];
	for (let at = line - 1; at >= 1 && lines.length < 2 && /^\s*(?:#|\/\/|\*)/.test(file.lines[at - 1]!); at -= 1)
		lines.push(at);
	const own = file.lines[line - 1]!;
	const behind = COMMENT.exec(own.slice(own.indexOf(text) + text.length))?.[1];
	const others = (file.lines[line] ?? "").includes("cron:");
	return [
		...(behind === undefined ? [] : [{ file, line, text: behind }]),
		// Above a list the comment may be of all of it.
		...(others ? [] : lines.map((at) => ({ file, line: at, text: COMMENT.exec(file.lines[at - 1]!)?.[1] ?? "" }))),
	].filter(({ text: one }) => !/\d+ \d+ \* \*/.test(one));
}

function documentsOf(tree: Tree, called: string): Told[] {
	if (called.length < 6) return [];
	const named = new RegExp(`(?<![\\w.-])${RegExp.escape(called)}(?![\\w-])`);
	return tree.in("markdown").flatMap((file) =>
		standingOf(file.path) !== "docs" || !file.text.includes(called)
			? []
			: file.lines.flatMap((text, index) => {
					const at = named.exec(text)?.index;
					return at === undefined ? [] : [{ file, line: index + 1, text }];
				}),
	);
}

const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const SHORT = DAYS.map((day) => day.slice(0, 3));
const NAMED = new RegExp(
	`\\b(?:every|each|on|weekly,?|\\()\\s*(${DAYS.join("|")})\\b|\\b(${DAYS.join("|")})s\\b|^\\s*(${DAYS.join("|")})\\b`,
	"i",
);
const DAILY = /\b(?:daily|nightly|every (?:day|night|morning|evening)|each (?:day|night)|once a (?:day|night))\b/i;
const CLOCK = /\b(\d{1,2})(?::(\d{2}))?\s*(am|pm)?\s*\(?(?:UTC|GMT)\b/i;
/** It tells of another time, or of several. */
const UNSURE = /\b(?:was|were|used to|until|formerly|instead of|except|not on|or|and)\b.*\b(?:day|UTC)/i;

/** In another zone the day may be another one, too. */
const ZONE =
	/\b(?!GMT\b)[A-Z]{1,4}T\b|\bCEST\b|\blocal\b|\b(?:Europe|America|Asia|Australia)\/|\bo'clock in\b|\btime\b/;

function isElsewhere(text: string, hour: string, minute: string): boolean {
	const [, hours, minutes] = /\b(\d{1,2}):(\d{2})\b/.exec(text) ?? [];
	return (
		ZONE.test(text) ||
		(hours !== undefined &&
			!CLOCK.test(text) &&
			(Number(hours) % 12 !== Number(hour) % 12 || Number(minutes) !== Number(minute)))
	);
}

function contradiction(one: Schedule, { file, line, text }: Told): Found | undefined {
	const [minute, hour, date, , weekday] = one.fields as [string, string, string, string, string];
	const days = daysOf(weekday);
	const [, every, plural, first] = NAMED.exec(text) ?? [];
	const named = (every ?? plural ?? first)?.toLowerCase();
	const at = one.file.place(one.line);
	const place = file.place(line);
	const say = (right: string) => ({ say: `write ${right} in one of the two` });
	const evidence = at.path === place.path && at.line === place.line ? ([at] as const) : ([at, place] as const);
	if (days === undefined || isElsewhere(text, hour, minute) || UNSURE.test(text.slice(0, 200).replace(/,.*$/, "")))
		return undefined;
	if (named !== undefined && date === "*" && !days.has(DAYS.indexOf(named)))
		return {
			message: `\`${one.text}\` of ${one.file.path} runs ${toldDays(days)}, and ${file === one.file ? "its comment" : file.path} says ${capital(named)}`,
			evidence,
			fix: say(`${DAYS.indexOf(named)} for ${weekday} (${capital(named)})`),
		};
	if (named === undefined && DAILY.test(text) && days.size === 1 && date === "*")
		return {
			message: `\`${one.text}\` of ${one.file.path} runs ${toldDays(days)} only, and ${file === one.file ? "its comment" : file.path} says ${DAILY.exec(text)![0].toLowerCase()}`,
			evidence,
			fix: say("* for the day of the week, or the day"),
		};
	const clock = CLOCK.exec(text);
	if (clock === null || !/^\d+$/.test(minute) || !/^\d+$/.test(hour) || (text.match(/\d{1,2}:\d{2}/g)?.length ?? 0) > 1)
		return undefined;
	const told = (Number(clock[1]) % (clock[3] === undefined ? 24 : 12)) + (clock[3]?.toLowerCase() === "pm" ? 12 : 0);
	const same = told === Number(hour) && (clock[2] === undefined || Number(clock[2]) === Number(minute));
	return same
		? undefined
		: {
				message: `\`${one.text}\` of ${one.file.path} runs at ${hour.padStart(2, "0")}:${minute.padStart(2, "0")}, and ${file === one.file ? "its comment" : file.path} says ${clock[0]}`,
				evidence,
				fix: say(`\`${Number(clock[2] ?? minute)} ${told} …\` or the other time`),
			};
}

const capital = (day: string): string => day[0]!.toUpperCase() + day.slice(1);

const toldDays = (days: ReadonlySet<number>): string =>
	days.size === 7 ? "every day" : `on ${[...days].map((day) => capital(DAYS[day]!)).join(", ")}`;

/** The days of a field; undefined where it cannot be read. */
function daysOf(field: string): Set<number> | undefined {
	const days = new Set<number>();
	for (const part of field.split(",")) {
		const [from, to] = part === "*" || part === "?" ? [0, 6] : part.split("-").map(numberOf);
		if (from === undefined || Number.isNaN(from) || (to !== undefined && Number.isNaN(to))) return undefined;
		for (let day = from; day <= (to ?? from); day += 1) days.add(day % 7);
	}
	return days;
}

const numberOf = (text: string): number => {
	const short = SHORT.indexOf(text.toLowerCase().slice(0, 3));
	return short !== -1 ? short : /^[0-7]$/.test(text) ? Number(text) : Number.NaN;
};
