/** When something runs, as far as a text or the fields of cron say; undefined: not said. */
export interface When {
	/** 0 is Sunday; empty: on every day. */
	days?: readonly number[];
	/** Minutes of the day. */
	at?: number;
	/** The time is said to be UTC. */
	utc?: boolean;
	/** Minutes from one run to the next. */
	every?: number;
	monthly?: boolean;
}

const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const DAY = /\b(sun|mon|tues|wednes|thurs|fri|satur)days?\b/gi;
const TIME = /(?<![\d:.])([01]?\d|2[0-3])(?::([0-5]\d)(?![\d:])(?:\s*([ap])\.?m\b)?|\s*([ap])m\b)/gi;

/** Another zone than UTC: there the day may be another one, too. */
const ZONE = /\b(?!GMT\b)[A-Z]{1,4}T\b|\bCEST\b|\blocal\b|\b(?:Europe|America|Asia|Australia)\//;

/** What a clause says, such as `every Sunday at 03:30 UTC`; undefined where it says nothing or more than one thing. */
export function whenSaid(clause: string): When | undefined {
	const days = [...new Set([...clause.matchAll(DAY)].map(([, day]) => DAYS.indexOf(`${day!.toLowerCase()}day`)))];
	const times = [...new Set([...clause.matchAll(TIME)].map(minutesOf))];
	if (
		times.length > 1 ||
		ZONE.test(clause) ||
		/\b(?:except|but|unless|instead of|was|until|before|after|used to|not)\b/i.test(clause)
	)
		return undefined;
	const [, count, unit] = /\bevery\s+(\d+|other)?\s*(minute|hour|min|h)s?\b/i.exec(clause) ?? [];
	const every = unit === undefined || count === "other" ? undefined : Number(count ?? 1) * (/^h/i.test(unit) ? 60 : 1);
	const hourly = /\bhourly\b/i.test(clause) ? 60 : undefined;
	const daily =
		/\b(?:daily|every (?:day|night|morning|evening)|nightly|each (?:day|night)|once a (?:day|night))\b/i.test(clause);
	const week = /\b(?:weekdays|working days|monday (?:to|through|-|–) friday|mon-fri)\b/i.test(clause);
	const monthly = /\b(?:monthly|every month|once a month)\b/i.test(clause);
	const said = {
		days: week ? [1, 2, 3, 4, 5] : days.length > 0 ? days : daily ? [] : undefined,
		at: times[0],
		every: every ?? hourly,
	};
	if (days.length > 1 && !week && !/\band\b|,/.test(clause)) return undefined;
	if (said.days === undefined && said.at === undefined && said.every === undefined && !monthly) return undefined;
	return {
		...(said.days === undefined ? {} : { days: said.days }),
		...(said.at === undefined ? {} : { at: said.at }),
		...(said.every === undefined ? {} : { every: said.every }),
		...(/\bUTC\b(?![+-]|\s*[+-]\d)/.test(clause) ? { utc: true } : {}),
		...(monthly ? { monthly } : {}),
	};
}

function minutesOf([, hour, minute, longHalf, shortHalf]: RegExpExecArray): number {
	const half = (longHalf ?? shortHalf)?.toLowerCase();
	const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half === "p" ? 12 : 0);
	return hours * 60 + Number(minute ?? 0);
}

/** The fields of cron as far as they are plain: a time of day and days of the week, or every so many minutes. */
export function whenOfCron(schedule: string): When | undefined {
	const fields = schedule.trim().split(/\s+/);
	const [minute, hour, day, month, week] = fields;
	if (fields.length !== 5 || month !== "*") return undefined;
	const days = daysOf(week!);
	if (days === undefined) return undefined;
	// Who runs it refuses an hour of 30.
	if (Number(minute) > 59 || Number(hour) > 23) return undefined;
	if (/^\d+$/.test(minute!) && /^\d+$/.test(hour!))
		return { days, at: Number(hour) * 60 + Number(minute), monthly: /^\d+$/.test(day!) };
	const step = /^\*\/(\d+)$/;
	if (day !== "*" || week !== "*") return undefined;
	if (hour === "*" && minute === "*") return { every: 1 };
	if (hour === "*" && step.test(minute!)) return { every: Number(step.exec(minute!)![1]) };
	if (hour === "*" && /^\d+$/.test(minute!)) return { every: 60 };
	return /^\d+$/.test(minute!) && step.test(hour!) ? { every: Number(step.exec(hour!)![1]) * 60 } : undefined;
}

function daysOf(field: string): number[] | undefined {
	if (field === "*") return [];
	const days = field.split(",").flatMap((part) => {
		const [from, to] = part.split("-").map(dayOf);
		if (from === undefined || Number.isNaN(from) || Number.isNaN(to ?? 0)) return [Number.NaN];
		return Array.from({ length: (to ?? from) - from + 1 }, (_, index) => (from + index) % 7);
	});
	return days.some(Number.isNaN) ? undefined : [...new Set(days)].toSorted((a, b) => a - b);
}

const dayOf = (text: string): number =>
	/^[0-7]$/.test(text)
		? Number(text)
		: DAYS.findIndex((day) => text.length >= 3 && day.startsWith(text.toLowerCase())) === -1
			? Number.NaN
			: DAYS.findIndex((day) => day.startsWith(text.toLowerCase()));

/** How a text contradicts what runs; undefined where it does not. `zone`: the fields are in UTC, and a text may be in another one. */
export function contradiction(said: When, runs: When, zone: boolean): string | undefined {
	if (said.every !== undefined)
		return runs.every !== undefined && runs.every !== said.every
			? `runs every ${spanOf(runs.every)}`
			: runs.at !== undefined && runs.every === undefined
				? `runs ${phrase(runs)}`
				: undefined;
	if (runs.every !== undefined)
		return said.at === undefined && said.days === undefined ? undefined : `runs every ${spanOf(runs.every)}`;
	const days = said.days !== undefined && runs.days !== undefined && !sameDays(said.days, runs.days);
	if (days && !(runs.monthly === true && said.days!.length === 0 && said.monthly === true))
		return `runs ${phrase(runs)}`;
	if (said.at === undefined || runs.at === undefined || said.at === runs.at) return undefined;
	// Another zone moves whole or half hours.
	if (zone && said.utc !== true && (said.at - runs.at) % 30 === 0) return undefined;
	return `runs ${phrase(runs)}`;
}

const sameDays = (a: readonly number[], b: readonly number[]): boolean =>
	a.toSorted((x, y) => x - y).join() === b.toSorted((x, y) => x - y).join() ||
	(a.length === 0 && b.length === 7) ||
	(a.length === 7 && b.length === 0);

const spanOf = (minutes: number): string =>
	minutes === 1
		? "minute"
		: minutes === 60
			? "hour"
			: minutes % 60 === 0
				? `${minutes / 60} hours`
				: `${minutes} minutes`;

function phrase({ days, at, monthly }: When): string {
	const when = monthly
		? "once a month"
		: days === undefined || days.length === 0
			? "every day"
			: `on ${days.map((day) => DAYS[day]!.replace(/^./, (one) => one.toUpperCase())).join(", ")}`;
	return at === undefined
		? when
		: `${when} at ${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;
}
