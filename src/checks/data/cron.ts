const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const DAYS = "sun mon tue wed thu fri sat".split(" ");

interface Field {
	name: string;
	from: number;
	to: number;
	words: readonly string[];
}

/** crontab(5); Kubernetes and GitHub take the same five. */
const FIELDS: readonly Field[] = [
	{ name: "minute", from: 0, to: 59, words: [] },
	{ name: "hour", from: 0, to: 23, words: [] },
	{ name: "day of the month", from: 1, to: 31, words: [] },
	{ name: "month", from: 1, to: 12, words: MONTHS },
	{ name: "day of the week", from: 0, to: 7, words: DAYS },
];

/** What is wrong with the five fields of a time; undefined where nothing is, or where it is none. */
export function scheduleFault(text: string): string | undefined {
	const fields = text.trim().split(/\s+/);
	if (text.trim().startsWith("@") || fields.some((one) => /[^\w*/,#?-]/.test(one))) return undefined;
	if (fields.length !== 5) return `has ${fields.length} fields, and five are needed`;
	return FIELDS.map((field, index) => fieldFault(field, fields[index]!)).find((one) => one !== undefined);
}

const fieldFault = (field: Field, text: string): string | undefined =>
	text
		.split(",")
		.map((one) => partFault(field, one))
		.find((one) => one !== undefined);

function partFault(field: Field, text: string): string | undefined {
	const [, range, step] = /^([^/]*)(?:\/(\d+))?$/.exec(text) ?? [];
	// `L`, `W`, `#`, `?` and `H` are read by some programs.
	if (range === undefined || /[LWH#?]/.test(text)) return undefined;
	const size = field.to - field.from + 1;
	if (step !== undefined && (Number(step) === 0 || (Number(step) >= size && field.name !== "day of the week")))
		return `has the step ${step} in the ${field.name}, which has only ${size}: it does not run every ${step}`;
	if (range === "*") return undefined;
	const ends = range.split("-").map((one) => numberOf(field, one));
	const outside = range.split("-").find((_, index) => ends[index] === undefined);
	if (outside !== undefined)
		return `has ${outside === "" ? "nothing" : outside} for the ${field.name}, which goes from ${field.from} to ${field.to}`;
	return undefined;
}

function numberOf({ from, to, words }: Field, text: string): number | undefined {
	const named = words.indexOf(text.slice(0, 3).toLowerCase());
	const value = named >= 0 ? named + (from === 1 ? 1 : 0) : /^\d+$/.test(text) ? Number(text) : Number.NaN;
	return value >= from && value <= to ? value : undefined;
}
