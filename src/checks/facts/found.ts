import type { SourceFile } from "../tree/source-file.ts";
import type { FilePlace, Fix } from "../triage-check.ts";
import { maskedLine } from "../mask.ts";
import { isEnvExample, standingOf } from "./standing.ts";

/** A line as evidence, without what looks like a secret. */
export function placeIn(file: SourceFile, line: number): FilePlace {
	const place = file.place(line);
	return { ...place, text: maskedLine(place.text, file.language) };
}

/** One place that states a value. */
export interface Side {
	value: string;
	file: SourceFile;
	line: number;
	/** Whether a program runs by it: 0 documents, 1 uses, 2 defines. The least costs least to change. */
	weight?: number;
}

const weightOf = ({ weight, file }: Side): number =>
	weight ?? (standingOf(file.path) === "live" ? 1 : isEnvExample(file.path) ? 0.5 : 0);

/** The sides of a contradiction, the cheapest to change first, and the value that the others have. */
export function weigh(sides: readonly Side[]): { odd: Side; wanted: string; evidence: [FilePlace, ...FilePlace[]] } {
	const groups = Map.groupBy(sides, ({ value }) => value);
	const power = (value: string): number => groups.get(value)!.reduce((sum, side) => sum + 1 + weightOf(side), 0);
	const values = [...groups.keys()].toSorted((a, b) => power(b) - power(a));
	const rank = new Map(values.map((value, at) => [value, -at]));
	const sorted = sides.toSorted((a, b) => rank.get(a.value)! - rank.get(b.value)! || weightOf(a) - weightOf(b));
	const [first, ...rest] = sorted.map(({ file, line }) => placeIn(file, line));
	return { odd: sorted[0]!, wanted: values[0]!, evidence: [first!, ...rest] };
}

/** Replaces a value in its line, where it stands there once and no secret is near. */
export function editOf(file: SourceFile, line: number, from: string, to: string): Pick<Fix, "edit"> {
	const before = file.lines[line - 1] ?? "";
	const parts = before.split(from);
	if (parts.length !== 2 || from === "" || maskedLine(before, file.language) !== before) return {};
	return { edit: { path: file.path, line, before, after: parts.join(to) } };
}

/** Replaces the text that stands at an offset, within its line and where no secret is near; without `to`: takes the line out. */
export function editAt(file: SourceFile, offset: number, from: string, to?: string): Pick<Fix, "edit"> {
	const line = file.lineAt(offset);
	const [before, at] = [file.lines[line - 1] ?? "", offset - file.startOf(line)];
	if (!before.startsWith(from, at) || maskedLine(before, file.language) !== before) return {};
	const after = to === undefined ? undefined : before.slice(0, at) + to + before.slice(at + from.length);
	return { edit: { path: file.path, line, before, after } };
}

/** `a.py:3, b.sh:7 and 2 more` */
export function listed(places: readonly { file: SourceFile; line: number }[]): string {
	const shown = places.slice(0, 3).map(({ file, line }) => `${file.path}:${line}`);
	const more = places.length - shown.length;
	return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** Each place once, the first of each file and line. */
export function unique<P extends { file: SourceFile; line: number }>(places: readonly P[]): P[] {
	return [...new Map(places.toReversed().map((one) => [`${one.file.path}:${one.line}`, one])).values()].toReversed();
}
