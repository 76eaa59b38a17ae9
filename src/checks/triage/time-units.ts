import { partsFrom, type Part, type Tongue } from "../calls/arguments.ts";
import { knownCalls } from "../calls/known-calls.ts";
import { targetOf } from "../calls/resolve.ts";
import type { Signature } from "../calls/signatures.ts";
import { unitMade } from "../calls/made-durations.ts";
import { sinksIn, type Given } from "../calls/durations.ts";
import { retryPauses } from "../calls/retry-pauses.ts";
import { nameIn, unitOf, unitOfName, type TimeUnit } from "../facts/time-units.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS384",
	scope: "static",
	severity: "error",
	question: "Is every duration given in the unit that its receiver counts in?",
	why: "A timeout in milliseconds that is read as seconds never ends; one in seconds that is read as milliseconds ends at once.",
	example: "`httpx.Client(timeout=settings.timeout_ms)` counts seconds: write `settings.timeout_ms / 1000`.",
	run(tree) {
		const files = tree
			.in("python", "javascript", "shell")
			.filter(({ path, text }) => ["live", "test"].includes(standingOf(path)) && text.length < LARGEST);
		const findings = [...files.flatMap((file) => inFile(tree, file)), ...inCalls(tree)];
		const seen = new Map(findings.toReversed().map((one) => [`${one.evidence[0].path}:${one.evidence[0].line}`, one]));
		return { looked: `${files.length} files of code`, findings: [...seen.values()].toReversed() };
	},
} satisfies StaticCheck;

const LARGEST = 300_000;
/** A name with a unit, or a number where one tells it. */
const WORTH =
	/_(?:ms|msecs?|millis|milliseconds|s|secs?|seconds|mins|minutes|hrs|hours|MS|MSECS?|MILLIS|MILLISECONDS|S|SECS?|SECONDS|MINUTES|HOURS)\b|[a-z\d](?:Ms|MS|Msecs?|Millis|Milliseconds|Secs?|Seconds|Mins|Minutes|Hrs|Hours)\b|[a-z]S\b|\btimeout\s*=\s*[A-Z\d]|Timeout\(\d|AbortSignal\.timeout\(|@temporalio\/workflow|\b[PE]X\b|\b[pe]x\s*=|[sS]et[eE]x\(|[eE]xpire\(|max_?[aA]ge|_(?:TTL|TIMEOUT|INTERVAL|DELAY)\b|\b(?:seconds|minutes|hours|days)\(\d/;

/** `probe(service, config.timeout_ms)`, where the function calls that parameter `timeout_s`. */
const inCalls = (tree: Tree): FoundInFile[] =>
	knownCalls(tree).flatMap((call): FoundInFile[] => {
		const { file, given, candidates } = call;
		if (!["live", "test"].includes(standingOf(file.path))) return [];
		return given.flatMap(({ text, at }, index): FoundInFile[] => {
			const unit = /^\w+\s*=(?!=)/.test(text) ? undefined : unitOf(text);
			const isOther = ({ parameters }: Signature): boolean => {
				const wants = unitOfName(parameters[index]?.name ?? "");
				return wants !== undefined && wants !== unit;
			};
			if (unit === undefined || !candidates.some(isOther) || given.slice(0, index).some(isSpread)) return [];
			const target = targetOf(tree, call);
			if (target === undefined || target.guessed || !isOther(target.signature)) return [];
			if (kindAt(file, at) !== "code" || isWhole(file, text, unit)) return [];
			const { name } = target.signature.parameters[index]!;
			const by = `${name} of ${call.name}()`;
			const found = foundFor(file, { value: text, wants: unitOfName(name)!, by, at }, unit);
			const { file: other, at: head } = target.signature;
			return [{ ...found, evidence: [found.evidence[0], other.placeAt(head)] }];
		});
	});

const isSpread = ({ text }: Part): boolean => /^(?:\*|\.\.\.)/.test(text);

interface FoundInFile extends Found {
	evidence: readonly [FilePlace, ...FilePlace[]];
}

function inFile(tree: Tree, file: SourceFile): FoundInFile[] {
	const seen = new Set<number>();
	const given = file.has(WORTH) ? [...sinksIn(file), ...pairsIn(file)] : [];
	return [...given, ...retryPauses(file)].flatMap((one): FoundInFile[] => {
		const said = unitOf(one.value) ?? unitMade(tree, file, one.value);
		const unit = said === undefined || said === one.wants ? (one.literal ?? said) : said;
		if (unit === undefined || unit === one.wants || seen.has(one.at)) return [];
		if (kindAt(file, one.at) !== "code" || isWhole(file, one.value, unit)) return [];
		seen.add(one.at);
		return [foundFor(file, said === unit ? { ...one, literal: undefined } : one, unit)];
	});
}

const IN_SECONDS: Readonly<Record<TimeUnit, number>> = { milliseconds: 0.001, seconds: 1, minutes: 60, hours: 3600 };

function foundFor(
	file: SourceFile,
	{ value, wants, by, at, literal }: Omit<Given, "literal"> & { literal?: TimeUnit | undefined },
	unit: TimeUnit,
): FoundInFile {
	const ratio = IN_SECONDS[unit] / IN_SECONDS[wants];
	const factor = ratio > 1 ? `* ${ratio}` : `/ ${Math.round(1 / ratio)}`;
	const name = nameIn(value) ?? value;
	return {
		message:
			literal === undefined
				? `${by} counts ${wants}, and is given ${name}, which is in ${unit}`
				: `${by} counts ${wants}, and is given ${name}, which looks like ${unit}`,
		evidence: placesOf(file, at, literal === undefined ? "" : value),
		fix: {
			say:
				literal === undefined
					? `write ${value} ${factor}, or give it a value in ${wants}`
					: `write ${/^[\d_]+$/.test(value) ? Number(value.replaceAll("_", "")) * ratio : `${value} ${factor}`}, or say in a comment that ${name} ${wants} are meant`,
		},
		...(literal === undefined ? {} : { severity: "warning" as const }),
	};
}

/** Where a number is given, and the constant that holds it. */
function placesOf(file: SourceFile, at: number, value: string): readonly [FilePlace, ...FilePlace[]] {
	const made =
		/^[A-Z]\w*(?:DELAY|PAUSE|WAIT|BACKOFF|INTERVAL|TIMEOUT)\w*$|^(?:DELAY|PAUSE|WAIT|BACKOFF|INTERVAL|TIMEOUT)/.test(
			value,
		)
			? new RegExp(`^(?:export )?(?:const )?${value}\\b[^=\\n]*=`, "m")
			: undefined;
	const line = made === undefined ? -1 : file.text.search(made);
	return line === -1 ? [file.placeAt(at)] : [file.placeAt(line), file.placeAt(at)];
}

/** `TEN_MINUTES = 600_000`: the duration itself, whatever it is counted in. */
function isWhole(file: SourceFile, value: string, unit: TimeUnit): boolean {
	const name = nameIn(value) ?? "";
	if (!/^[A-Z][A-Z\d_]*$/.test(name)) return false;
	if (
		/^(?:SECONDS|MINUTES|HOURS)$|(?:^|_)(?:ONE|TWO|THREE|FOUR|FIVE|SIX|TEN|TWELVE|TWENTY|THIRTY|SIXTY|\d+)_[A-Z]+$/.test(
			name,
		)
	)
		return true;
	const made = new RegExp(`(?<![\\w.])${name}\\b(?:\\s*:\\s*\\w+)?\\s*=(?!=)([^\\n]*)`).exec(file.text)?.[1];
	if (unit === "minutes" || unit === "hours") return made === undefined || /\*|000/.test(made);
	return unit === "seconds" && /000|1e3|\*\s*1000/.test(made ?? "");
}

/** `graceSeconds: config.graceMs`, `wait(delay_s=delay_ms)`, `const waitMs = WAIT_SECONDS;` */
const NAMED =
	/(?<=[\w$])(?:_ms|_s|Ms|MS|[Mm]secs?|[Mm]illis|[Mm]illiseconds|MILLIS|[Ss]ecs?|SECS?|[Ss]econds|SECONDS|[Mm]inutes|MINUTES|[Hh]ours|HOURS)\s*(?::\s*(?:int|float|number)\s*)?(?:=(?![=>])|:)\s*/g;

function pairsIn(file: SourceFile): Given[] {
	if (file.language === "shell") return [];
	const tongue: Tongue = file.language === "python" ? "python" : "javascript";
	return file.matches(NAMED).flatMap(({ 0: head, index }): Given[] => {
		const at = index + head.length;
		const before = /(?<![\w$])[A-Za-z_$][\w$]*$/.exec(file.text.slice(Math.max(0, index - 60), index))?.[0];
		const name = `${before ?? ""}${/^\w+/.exec(head)![0]}`;
		const wants = before === undefined ? undefined : unitOfName(name);
		if (wants === undefined) return [];
		const line = file.text.slice(at, at + 200).split("\n")[0]!;
		const [part] = partsFrom(`${line.replace(/;.*$/, "")})`, 0, tongue)?.parts ?? [];
		// A type, or a default of another kind.
		if (part === undefined || /^(?:int|float|number|string|str)\b(?!\()/.test(part.text)) return [];
		return [{ value: part.text, wants, by: name, at }];
	});
}
