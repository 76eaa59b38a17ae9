import { withoutEscapes } from "../system/escapes.ts";

/** The width of a name in a log of several programs. */
const NAME_WIDTH = 17;
const STAMPED = /^\[\d{4}-\d\d-\d\d[ T][\d:.,+Z-]+\] \[[A-Za-z]+\] /;
/** nginx: `2026/11/29 10:15:30 [notice] 12#12: text`. */
const NGINX = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d) \[(\w+)\] (.*)$/s;
const LEADING_LEVEL = /^\[?(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)\]?:?\s+/i;

/** A line of a program as `[2026-11-29 10:15:30] [INFO] text`; one that begins so already stays. `now`: local time. */
export function stamped(text: string, now: Date): string {
	const line = withoutEscapes(text).replaceAll(/[\p{Cc}]/gu, (sign) => (sign === "\t" ? sign : " "));
	if (STAMPED.test(line)) return line;
	const nginx = NGINX.exec(line);
	if (nginx) {
		const [, year, month, day, time, level, rest] = nginx;
		return `[${year}-${month}-${day} ${time}] [${level!.toUpperCase()}] ${rest}`;
	}
	const json = jsonLine(line);
	if (json) return `[${localTime(now)}] [${json.level}] ${json.text}`;
	const level = LEADING_LEVEL.exec(line);
	if (level) return `[${localTime(now)}] [${level[1]!.toUpperCase()}] ${line.slice(level[0].length)}`;
	return `[${localTime(now)}] [INFO] ${line}`;
}

/** The programs of the images write one JSON object a line. */
function jsonLine(line: string): { level: string; text: string } | undefined {
	if (!line.startsWith("{")) return undefined;
	try {
		const { level, message, time: _time, program: _program, ...fields } = JSON.parse(line) as Record<string, unknown>;
		if (typeof level !== "string" || typeof message !== "string") return undefined;
		const rest = Object.keys(fields).length === 0 ? "" : ` ${JSON.stringify(fields)}`;
		return { level: level.toUpperCase(), text: message + rest };
	} catch {
		return undefined;
	}
}

/** `2026-11-29 10:15:30`, local time. */
export function localTime(date: Date): string {
	const two = (count: number) => String(count).padStart(2, "0");
	const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
	return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")}`;
}

/** A line of a log of several programs; the text begins at the same column for every name of 17 characters or less. */
export const namedLine = (name: string, line: string): string => `${name.padEnd(NAME_WIDTH)} >> ${line}`;
