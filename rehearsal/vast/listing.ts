import { z } from "zod";
import { ApiError } from "./api-error.ts";
import type { WireInstance } from "./wire.ts";

const PAGE = 25;
/** A limit of nothing or less. */
const SMALL_PAGE = 5;
/** Stored columns: the others are computed and cannot be filtered or ordered by. */
const STORED = [
	"id",
	"label",
	"actual_status",
	"intended_status",
	"cur_state",
	"gpu_name",
	"machine_id",
	"host_id",
	"verification",
	"image_uuid",
	"start_date",
];

type Value = string | number | boolean | null;
const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** How a column is compared; the same words as of offers. */
export const comparison = z.strictObject({
	eq: value.optional(),
	neq: value.optional(),
	gt: value.optional(),
	gte: value.optional(),
	lt: value.optional(),
	lte: value.optional(),
	in: z.array(value).optional(),
	notin: z.array(value).optional(),
});
export type Comparison = z.infer<typeof comparison>;

const querySchema = z.strictObject({
	limit: z.coerce.number().int().optional(),
	after_token: z.string().optional(),
	order_by: z
		.array(z.strictObject({ col: z.string(), dir: z.enum(["asc", "desc"]) }))
		.length(1)
		.optional(),
	select_cols: z.array(z.string()).optional(),
	select_filters: z.record(z.string(), comparison).optional(),
});
type Query = z.infer<typeof querySchema>;

/** One page of the instances that a query of GET /api/v1/instances/ asks for. @throws ApiError 400 */
export function page(all: readonly WireInstance[], parameters: URLSearchParams) {
	const query = parse(parameters);
	const { limit = PAGE, select_cols: columns } = query;
	const [order = { col: "id", dir: "asc" as const }] = query.order_by ?? [];
	const wanted = all.filter((row) => passesAll(row, query.select_filters ?? {}));
	const ordered = wanted.toSorted((a, b) => (order.dir === "asc" ? 1 : -1) * compareRows(a, b, order.col));
	const start = query.after_token === undefined ? 0 : startAfter(ordered, query.after_token);
	const size = limit <= 0 ? SMALL_PAGE : Math.min(limit, PAGE);
	const rows = ordered.slice(start, start + size);
	const last = start + size < ordered.length ? rows.at(-1) : undefined;
	return {
		success: true,
		instances_found: rows.length,
		total_instances: ordered.length,
		label_counts: countLabels(ordered),
		next_token: last ? Buffer.from(JSON.stringify({ after: last.id })).toString("base64url") : null,
		instances: columns ? rows.map((row) => pick(row, columns)) : rows,
	};
}

function parse(parameters: URLSearchParams): Query {
	const raw = Object.fromEntries(
		[...parameters].map(([name, text]) => [name, /^(order_by|select_)/.test(name) ? fromJson(text) : text]),
	);
	const parsed = querySchema.safeParse(raw);
	if (!parsed.success) throw new ApiError(400, "invalid_request", z.prettifyError(parsed.error));
	const { order_by = [], select_filters = {} } = parsed.data;
	for (const name of [...order_by.map(({ col }) => col), ...Object.keys(select_filters)])
		if (!STORED.includes(name)) throw new ApiError(400, "invalid_request", `${name} is computed or unknown`);
	return parsed.data;
}

function fromJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw new ApiError(400, "invalid_request", "not JSON");
	}
}

/** The place after the row that a token names. */
function startAfter(ordered: readonly WireInstance[], token: string): number {
	const parsed = /^\{"after":(\d+)\}$/.exec(Buffer.from(token, "base64url").toString());
	const at = ordered.findIndex(({ id }) => id === Number(parsed?.[1]));
	if (at < 0) throw new ApiError(400, "invalid_token", "the token is of another query or too old");
	return at + 1;
}

/** True when a row has what every comparison asks for. */
export const passesAll = (
	row: Readonly<Record<string, unknown>>,
	filters: Readonly<Record<string, Comparison>>,
): boolean => Object.entries(filters).every(([name, one]) => passes(row[name] as Value, one));

function passes(held: Value, one: Comparison): boolean {
	const { eq, neq, gt, gte, lt, lte, in: among, notin } = one;
	return (
		(eq === undefined || held === eq) &&
		(neq === undefined || held !== neq) &&
		(gt === undefined || compare(held, gt) > 0) &&
		(gte === undefined || compare(held, gte) >= 0) &&
		(lt === undefined || compare(held, lt) < 0) &&
		(lte === undefined || compare(held, lte) <= 0) &&
		(among === undefined || among.includes(held)) &&
		(notin === undefined || !notin.includes(held))
	);
}

/** Numbers by size, everything else by its text. */
export const compare = (a: unknown, b: unknown): number =>
	typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;

const compareRows = (a: WireInstance, b: WireInstance, column: string): number =>
	compare(a[column], b[column]) || a.id - b.id;

function countLabels(rows: readonly WireInstance[]): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const { label } of rows) if (label !== null) counts[label] = (counts[label] ?? 0) + 1;
	return counts;
}

const pick = (row: WireInstance, columns: readonly string[]) =>
	Object.fromEntries(columns.filter((name) => name in row).map((name) => [name, row[name]]));
