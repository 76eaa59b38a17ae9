import type { TimeUnit } from "../facts/time-units.ts";
import { isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Given } from "./durations.ts";

/** A pause of a literal or a constant; in JavaScript the second argument of setTimeout counts, too. */
const PAUSE = {
	python: /\b((?:time|asyncio|anyio|trio)\.sleep)\(\s*([A-Z][A-Z\d_]*|\d[\d_]*)\s*\)/g,
	javascript:
		/(?<![\w.])(setTimeout)\(\s*\w+\s*,\s*([A-Z][A-Z\d_]*|\d[\d_]*)\s*\)|(?<![\w.])(?:await\s+)(sleep|delay|setTimeout)\(\s*([A-Z][A-Z\d_]*)\s*\)/g,
};
/** A loop that tries a bounded number of times, and a failure that it takes. */
const TRIES =
	/\bfor\s+\w+\s+in\s+range\(|\bfor\s*\(\s*let\s+(?:attempt|tries|retry|i|n)\b[^)]*<|\bwhile\s+(?:attempts?|tries|retries)\b|\bwhile\s*\(\s*(?:attempts?|tries|retries)\b/g;
const TAKEN = /\bexcept\b|\bcatch\b/;
/** Characters between the head of a loop and its pause. */
const NEAR = 1500;

/** Pauses between tries that are given in the other unit: 3000 seconds, or 5 milliseconds under a name for a pause. */
export function retryPauses(file: SourceFile): Given[] {
	const python = file.language === "python";
	if (isTest(file.path) || !file.has(TAKEN)) return [];
	return file.matches(PAUSE[python ? "python" : "javascript"]).flatMap((found): Given[] => {
		const [by, value] = [found[1] ?? found[3]!, found[2] ?? found[4]!];
		const wants: TimeUnit = python ? "seconds" : "milliseconds";
		const own = /^\d/.test(value) ? value : constantIn(file, value);
		const literal = own === undefined ? undefined : looksLike(Number(own.replaceAll("_", "")), wants, value);
		if (literal === undefined || !isBetweenTries(file, found.index)) return [];
		const line = file.lines[file.lineAt(found.index) - 1] ?? "";
		return /#|\/\//.test(line)
			? []
			: [{ value, wants, by: `${by}()`, at: found.index + found[0].lastIndexOf(value), literal }];
	});
}

function isBetweenTries({ text }: SourceFile, at: number): boolean {
	const before = text.slice(Math.max(0, at - NEAR), at);
	const loop = [...before.matchAll(TRIES)].at(-1);
	const between = loop === undefined ? "" : before.slice(loop.index);
	return loop !== undefined && TAKEN.test(between) && !/^(?:async )?(?:def|function)\b/m.test(between);
}

const constantIn = ({ text }: SourceFile, name: string): string | undefined =>
	new RegExp(`^(?:export\\s+)?(?:const\\s+)?${name}(?:\\s*:\\s*\\w+)?\\s*=\\s*(\\d[\\d_]*)\\s*;?$`, "m").exec(
		text,
	)?.[1];

function looksLike(value: number, wants: TimeUnit, name: string): TimeUnit | undefined {
	if (wants === "seconds")
		return value >= 500 && value % 250 === 0 && value % 1800 !== 0 && value % 3600 !== 0 ? "milliseconds" : undefined;
	const isPause = /DELAY|PAUSE|WAIT|BACKOFF|INTERVAL/.test(name) && !/_MS$|MILLIS/.test(name);
	return isPause && [1, 2, 3, 5, 15, 30, 60].includes(value) ? "seconds" : undefined;
}
