import type { TimeUnit } from "../facts/time-units.ts";
import { isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { JAVASCRIPT, PYTHON, type Sink } from "./duration-sinks.ts";
import { partsFrom, type Part, type Tongue } from "./arguments.ts";

/** A duration that is given to something that counts in one unit. */
export interface Given {
	value: string;
	wants: TimeUnit;
	/** Who takes it, as it is told. */
	by: string;
	at: number;
	/** A number that can hardly be meant in that unit, and the one that it looks like. */
	literal?: TimeUnit;
}

const CLOCKS =
	/[tT]imeout|[iI]nterval|sleep|delay|wait|Timer|alarm|timedelta|call_later|redis|valkey|\btime\.\w|\.now\(|expiresIn|as_completed|_after\(|\bjoin\(|acquire|[cC]ookie/;

/** Durations that calls of known libraries and of the language are given. */
export function sinksIn(file: SourceFile): Given[] {
	if (file.language === "shell") return shellSinks(file);
	const tongue: Tongue = file.language === "python" ? "python" : "javascript";
	if (!file.has(CLOCKS)) return [];
	return (tongue === "python" ? PYTHON : JAVASCRIPT).flatMap((sink) =>
		sink.where === undefined || file.has(sink.where) ? sinkIn(file, sink, tongue) : [],
	);
}

function sinkIn(file: SourceFile, sink: Sink, tongue: Tongue): Given[] {
	return file.matches(sink.call).flatMap(({ 0: head, index }): Given[] => {
		const open = index + head.length;
		const list = partsFrom(file.text, open, tongue);
		if (list === undefined) return [];
		const by = head.replace(/<[^]*|\($|\s*:\s*\{$/g, "");
		if (sink.positions?.length === 0) return clock(file, list.end + 1, by, sink.wants);
		const positional = list.parts.filter((one) => !isNamed(one, tongue));
		const mark = positional.findIndex(({ text }) => sink.after?.test(text) === true);
		return [
			...(sink.positions ?? []).flatMap((at) => positional[at] ?? []).map((one) => ({ ...one, by: `${by}()` })),
			...(mark === -1 ? [] : positional.slice(mark + 1, mark + 2)).map((one) => ({
				...one,
				by: `${positional[mark]!.text.slice(1, -1)} of ${by}()`,
			})),
			...list.parts
				.flatMap((one) => entriesOf(one, tongue, file.text))
				.flatMap(({ name, part }) => (sink.names?.test(name) === true ? [{ ...part, by: `${name} of ${by}` }] : [])),
		].map((one) => {
			const literal = sink.numbers && !isTest(file.path) ? odd(file, one, sink.wants) : undefined;
			return {
				value: one.text,
				wants: sink.wants,
				by: one.by,
				at: one.at,
				...(literal === undefined ? {} : { literal }),
			};
		});
	});
}

/** `Date.now() + WAIT_SECONDS` */
function clock(file: SourceFile, from: number, by: string, wants: TimeUnit): Given[] {
	const found = /^\s*[+-]\s*([\w$.]+)(?![ \t]*[*/(\w$.])/.exec(file.text.slice(from, from + 120));
	return found === null
		? []
		: [{ value: found[1]!, wants, by: `${by}()`, at: from + found[0].length - found[1]!.length }];
}

const isNamed = ({ text }: Part, tongue: Tongue): boolean => tongue === "python" && /^\w+\s*=(?!=)/.test(text);

/** Names and values of keywords, or of objects that are arguments. */
function entriesOf(part: Part, tongue: Tongue, text: string): { name: string; part: Part }[] {
	const named = (one: Part, mark: RegExp) => {
		const found = mark.exec(one.text);
		if (found === null) return [];
		return [{ name: found[1]!, part: { text: one.text.slice(found[0].length), at: one.at + found[0].length } }];
	};
	if (tongue === "python") return named(part, /^(\w+)\s*=\s*(?!=)/);
	const bare = /^(\w+)$/.exec(part.text);
	if (bare !== null) return [];
	if (!part.text.startsWith("{")) return named(part, /^["']?(\w+)["']?\s*:\s*/);
	return (partsFrom(text, part.at + 1, tongue)?.parts ?? []).flatMap((one) => named(one, /^["']?(\w+)["']?\s*:\s*/));
}

/** Hours and days, counted in seconds. */
const SPANS: ReadonlySet<number> = new Set([
	...[1, 2, 3, 4, 6, 8, 12, 24, 48, 72].map((hours) => hours * 3600),
	...[7, 14, 30, 60, 90, 365].map((days) => days * 86_400),
]);

/** Hours, days and round numbers of thousands in the other unit, and below one second where a request or a task is meant. */
function odd(file: SourceFile, { text, at, by }: Part & { by: string }, wants: TimeUnit): TimeUnit | undefined {
	const value = productOf(/^[A-Z][A-Z\d_]*$/.test(text) ? constantIn(file, text) : text);
	if (/#|\/\//.test(file.lines[file.lineAt(at) - 1] ?? "")) return undefined;
	if (wants === "seconds" && (SPANS.has(value / 1000) || (value >= 5000 && value % 1000 === 0 && value % 3600 !== 0)))
		return "milliseconds";
	if (wants !== "milliseconds" || !(value > 0)) return undefined;
	if (SPANS.has(value)) return "seconds";
	return (/^\w+Timeout of/.test(by) ? value < 1000 : value <= 120 && value % 50 !== 0) ? "seconds" : undefined;
}

/** Of `86_400` and of `24 * 60 * 60`. */
export const productOf = (text = ""): number =>
	/^\d[\d_]*(?:\.0)?(?:\s*\*\s*\d[\d_]*)*$/.test(text)
		? text.split("*").reduce((product, one) => product * Number(one.replaceAll("_", "")), 1)
		: Number.NaN;

const constantIn = (file: SourceFile, name: string): string | undefined =>
	new RegExp(
		`^(?:export\\s+)?(?:const\\s+)?${name}(?:\\s*:\\s*\\w+)?\\s*=\\s*(\\d[\\d_]*(?:\\s*\\*\\s*\\d[\\d_]*)*)\\s*;?$`,
		"m",
	).exec(file.text)?.[1];

/** `sleep "$WAIT_MS"`, `curl --max-time "$TIMEOUT_MS"`. */
function shellSinks(file: SourceFile): Given[] {
	const sink =
		/(?<![\w-])(sleep|timeout|--max-time|--connect-timeout|--retry-delay)[ =]+["']?\$\{?(\w+)\}?["']?(?=[\s;|&)]|$)/gm;
	return file.matches(sink).map(({ 0: all, 1: by, 2: name, index }) => ({
		value: name!,
		wants: "seconds",
		by: by!,
		at: index + all.indexOf("$"),
	}));
}
