import { partsFrom, tongueOf, type Part } from "../calls/arguments.ts";
import { productOf } from "../calls/durations.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import { lastWord, optionIn } from "./temporal-workers.ts";

/** What a workflow gives an activity: its times in seconds, as far as they are written out. */
export interface Scheduled {
	/** The activities, by the names that the workflow calls them. */
	names: readonly string[];
	heartbeat: Time | undefined;
	startToClose: Time | undefined;
	scheduleToClose: Time | undefined;
	scheduleToStart: Time | undefined;
	/** The text of its retry policy. */
	retry: Part | undefined;
	file: SourceFile;
	at: number;
}

interface Time {
	seconds: number;
	at: number;
}

const EXECUTE = /\bworkflow\.(?:execute|start)_activity(?:_method)?\(/g;
const PROXY = /\bconst\s*(?:\{([^{}]*)\}|\w+)\s*=\s*proxyActivities\s*(?:<[^()]*?>)?\(\s*\{/g;

export const scheduledIn = (file: SourceFile): Scheduled[] => {
	const python = file.language === "python";
	return file.matches(python ? EXECUTE : PROXY).flatMap(({ 0: head, 1: list, index }): Scheduled[] => {
		const parts = partsFrom(file.text, index + head.length, tongueOf(file))?.parts ?? [];
		if (parts.length === 0 || kindAt(file, index) !== "code") return [];
		const time = (snake: string, camel: string): Time | undefined => {
			const one = optionIn(parts, python ? snake : camel);
			const seconds = one === undefined ? undefined : secondsOf(file, one.text);
			return seconds === undefined ? undefined : { seconds, at: one!.at };
		};
		const first = parts[0] === undefined ? undefined : lastWord(parts[0].text);
		const names = python ? [first ?? ""] : (list ?? "").split(",").map((one) => one.split(":")[0]!.trim());
		return [
			{
				names: names.filter((name) => name !== ""),
				heartbeat: time("heartbeat_timeout", "heartbeatTimeout"),
				startToClose: time("start_to_close_timeout", "startToCloseTimeout"),
				scheduleToClose: time("schedule_to_close_timeout", "scheduleToCloseTimeout"),
				scheduleToStart: time("schedule_to_start_timeout", "scheduleToStartTimeout"),
				retry: optionIn(parts, python ? "retry_policy" : "retry"),
				file,
				at: index,
			},
		];
	});
};

const PER: Readonly<Record<string, number>> = {
	...{ milliseconds: 0.001, seconds: 1, minutes: 60, hours: 3600, days: 86_400, weeks: 604_800 },
	...{ ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, second: 1, minute: 60, hour: 3600, day: 86_400 },
};

/** Of `timedelta(minutes=5)`, `"5 minutes"`, `300_000` (milliseconds of TypeScript) and of a constant of the file that is one. */
export function secondsOf(file: SourceFile, text: string, depth = 0): number | undefined {
	const delta = /^(?:datetime\.)?timedelta\(\s*([^()]*)\)$/.exec(text)?.[1];
	if (delta !== undefined) {
		const parts = delta.split(",").filter((one) => one.trim() !== "");
		const all = parts.map((one) => /^\s*(\w+)\s*=\s*([\d_.*\s]+)$/.exec(one));
		const sum = all.reduce(
			(total, one) => total + (PER[one?.[1] ?? ""] ?? Number.NaN) * productOf(one?.[2]?.trim()),
			0,
		);
		return Number.isNaN(sum) ? undefined : sum;
	}
	const [, value, unit] = /^["'`](\d+(?:\.\d+)?)\s*([a-z]+?)s?["'`]$/.exec(text) ?? [];
	const per = unit === undefined ? undefined : PER[unit === "" ? "s" : unit === "m" ? "m" : unit];
	if (value !== undefined) return per === undefined ? undefined : Number(value) * per;
	if (file.language === "javascript" && /^[\d_]+(?:\s*\*\s*[\d_]+)*$/.test(text)) return productOf(text) / 1000;
	if (depth > 1 || !/^[A-Z][A-Z\d_]*$/.test(text)) return undefined;
	const made = new RegExp(`^(?:export )?(?:const )?${text}(?:\\s*:\\s*\\w+)?\\s*=\\s*([^\\n;]+)`, "m").exec(
		file.text,
	)?.[1];
	return made === undefined ? undefined : secondsOf(file, made.replace(/\s+#.*$/, "").trim(), depth + 1);
}
