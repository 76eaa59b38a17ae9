/** Seconds of each unit that a name or a text may have. */
export const SECONDS = { millisecond: 0.001, second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800 } as const;

export type Unit = keyof typeof SECONDS;

const NAMED: readonly (readonly [RegExp, Unit])[] = [
	[
		/(?:_ms|_millis|_msecs?|_milliseconds?|Ms|Millis|Milliseconds|MilliSeconds)$|^(?:ms|millis(?:econds)?|MS)$|_MS$|_MILLIS(?:ECONDS)?$/,
		"millisecond",
	],
	[/(?:_secs?|_seconds?|_s|Secs?|Seconds)$|^(?:secs|seconds)$|_S(?:EC(?:S|ONDS?)?)?$/, "second"],
	[/(?:_mins|_minutes?|Minutes|Mins)$|^(?:mins|minutes)$|_MIN(?:S|UTES?)$/, "minute"],
	[/(?:_hours?|_hrs?|Hours?)$|^hours$|_H(?:OURS?|RS?)$/, "hour"],
	[/(?:_days?|Days)$|^days$|_DAYS?$/, "day"],
	[/(?:_weeks?|Weeks)$|^weeks$|_WEEKS?$/, "week"],
];

/** The unit that a name ends in: `UPLOAD_TTL_HOURS`, `$IntervalMs`. */
export const unitOfName = (name: string): Unit | undefined => NAMED.find(([pattern]) => pattern.test(name))?.[1];

const TOLD =
	/(?<![\w.-])(\d{1,5})[ -]?(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|hours?|hrs?|h|days?|d|weeks?)\b/gi;

/** `14 days`, `24h`: the durations that a text names. */
export const durationsIn = (text: string): { value: number; unit: Unit; seconds: number }[] =>
	[...text.matchAll(TOLD)].map(([, number, word]) => {
		const unit = unitOfWord(word!.toLowerCase());
		return { value: Number(number), unit, seconds: Number(number) * SECONDS[unit] };
	});

function unitOfWord(word: string): Unit {
	if (word.startsWith("mil") || word === "ms") return "millisecond";
	if (word.startsWith("m")) return "minute";
	if (word.startsWith("s")) return "second";
	return word.startsWith("h") ? "hour" : word.startsWith("d") ? "day" : "week";
}
