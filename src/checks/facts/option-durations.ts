import { posix } from "node:path";
import { partsFrom } from "../calls/arguments.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isCommentLine, kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { standingOf } from "./standing.ts";

type Unit = "milliseconds" | "seconds";

/** An option of a program of the tree that counts time, and has a default. */
interface Timed {
	program: SourceFile;
	at: number;
	option: string;
	unit: Unit;
	usual: number;
}

/** A start of the program with a value in the other unit, as far as the default tells. */
export interface Mistaken extends Timed {
	file: SourceFile;
	/** Counted from 1. */
	line: number;
	value: string;
	other: Unit;
}

const ADDED = /\.add_argument\(/g;
const UNITS: readonly (readonly [Unit, RegExp])[] = [
	["milliseconds", /\bmilliseconds?\b|\bms\b|[-_]ms["']/i],
	["seconds", /(?<!milli)\bsec(?:ond)?s?\b|[-_]sec(?:ond)?s?["']/i],
];

function timedIn(file: SourceFile): Timed[] {
	return file.matches(ADDED).flatMap(({ 0: head, index }): Timed[] => {
		const parts = partsFrom(file.text, index + head.length, "python")?.parts.map(({ text }) => text) ?? [];
		const option = parts.map((text) => /^["'](--[\w-]+)["']$/.exec(text)?.[1]).find((one) => one !== undefined);
		const usual = parts.map((text) => /^default\s*=\s*(\d[\d_.]*)$/.exec(text)?.[1]).find((one) => one !== undefined);
		const said = parts.filter((text) => /^(?:help|metavar)\s*=|^["']--/.test(text)).join(" ");
		const units = UNITS.filter(([, pattern]) => pattern.test(said));
		if (option === undefined || usual === undefined || units.length !== 1 || kindAt(file, index) !== "code") return [];
		return [{ program: file, at: index, option, unit: units[0]![0], usual: Number(usual.replaceAll("_", "")) }];
	});
}

const starts = ({ path, language, text }: SourceFile): boolean =>
	(/^(?:shell|dockerfile|yaml|powershell|batch|ini)$/.test(language) ||
		/(?:^|\/)(?:Makefile|justfile|package\.json|Procfile|crontab)$|\.(?:mk|cron)$/.test(path)) &&
	text.length < 400_000 &&
	standingOf(path) === "live" &&
	!isAside(path) &&
	!isTest(path);

/** Values of options that are a thousand times too large or too small beside the default: they are in the other unit. */
export function mistakenIn(tree: Tree): Mistaken[] {
	const timed = tree
		.in("python")
		.filter((file) => file.includes(".add_argument(") && standingOf(file.path) === "live" && !isTest(file.path))
		.flatMap(timedIn);
	const files = timed.length === 0 ? [] : tree.files.filter(starts);
	return timed.flatMap((one) => files.flatMap((file) => givenIn(file, one)));
}

function givenIn(file: SourceFile, one: Timed): Mistaken[] {
	const name = posix.basename(one.program.path);
	if (!file.text.includes(one.option) || !file.text.includes(name)) return [];
	const holds = new RegExp(`^[ \\t]*\\$?(\\w+)[ \\t]*[:?]?=[^\\n]*${RegExp.escape(name)}["']?[ \\t]*$`, "gm");
	const held = file.matches(holds).map(([, variable]) => variable!);
	const started = new RegExp(
		`${RegExp.escape(name)}|${held.map((variable) => `\\$[({]?${variable}\\b`).join("|") || "(?!)"}`,
	);
	const given = new RegExp(`${RegExp.escape(one.option)}(?:[ \\t=]+|["'],[ \\t]*)["']?(\\d[\\d.]*)(?![\\w.%])`);
	return file.lines.flatMap((text, index) => {
		const value = given.exec(text)?.[1];
		const before = `${file.lines[index - 1]?.match(/^.*[\\`]$/)?.[0] ?? ""} ${text}`;
		if (value === undefined || !started.test(before) || isCommentLine(file, index + 1)) return [];
		const other = otherUnit(Number(value), one);
		return other === undefined ? [] : [{ ...one, file, line: index + 1, value, other }];
	});
}

/** The unit that a value is in, where the default says that it cannot be the one that is counted in. */
export function otherUnit(value: number, { unit, usual }: Pick<Timed, "unit" | "usual">): Unit | undefined {
	const near = (meant: number): boolean => meant >= usual / 20 && meant <= usual * 20;
	if (unit === "seconds")
		return value >= 1000 && value % 500 === 0 && value % 3600 !== 0 && value >= usual * 100 && near(value / 1000)
			? "milliseconds"
			: undefined;
	return value > 0 && usual >= 500 && value * 100 <= usual && near(value * 1000) ? "seconds" : undefined;
}
