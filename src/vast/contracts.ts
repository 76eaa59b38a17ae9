import { UserError } from "../errors/errors.ts";
import type { Caller } from "./caller.ts";
import { ROUTES } from "./routes.ts";
import { vastError } from "./failures.ts";
import { byIdSchema, pageSchema, readAs } from "./schemas.ts";
import type { Failure } from "./transport.ts";
import type { Contract } from "./vast.ts";

/** The platform's own limit of a page. */
export const PAGE = 25;
const MOST_PAGES = 400;

/** The platform's codes for a contract that is not there: its documents name both. */
export const isGone = ({ code }: Failure): boolean => code === "no_such_instance" || code === "not_found";

/** Undefined for a contract that is gone. @throws UserError vast_unreadable, and those of Vast.contract */
export async function readContract({ attempt }: Caller, id: number): Promise<Contract | undefined> {
	const outcome = await attempt(ROUTES.contract, { id });
	if (!outcome.ok && isGone(outcome.failure)) return undefined;
	if (!outcome.ok) throw vastError(outcome);
	const found = readAs(byIdSchema, outcome.body, `the question for contract ${id}`).instances ?? undefined;
	if (found !== undefined && found.id !== id)
		throw new UserError("vast_unreadable", `Vast answered the question for contract ${id} with contract ${found.id}`, {
			hint: "run the command again",
		});
	return found;
}

/** @throws UserError, as Vast.contracts */
export async function readContracts(
	caller: Caller,
	{ ids, label }: { ids?: readonly number[]; label?: string } = {},
): Promise<Contract[]> {
	const byLabel = label === undefined ? {} : { label: { eq: label } };
	if (ids === undefined) return allPages(caller, byLabel);
	const found: Contract[] = [];
	for (let at = 0; at < ids.length; at += PAGE)
		found.push(...(await allPages(caller, { ...byLabel, id: { in: ids.slice(at, at + PAGE) } })));
	return found;
}

async function allPages({ call }: Caller, filters: Readonly<Record<string, unknown>>): Promise<Contract[]> {
	const found = new Map<number, Contract>(); // a contract that moves between two pages comes twice
	const fixed = {
		limit: String(PAGE),
		order_by: JSON.stringify([{ col: "id", dir: "asc" }]),
		...(Object.keys(filters).length === 0 ? {} : { select_filters: JSON.stringify(filters) }),
	};
	let token: string | null | undefined;
	for (let page = 1; page <= MOST_PAGES; page++) {
		const query = { ...fixed, ...(token ? { after_token: token } : {}) };
		const answer = readAs(pageSchema, await call(ROUTES.contracts, { query }), "the list of contracts");
		for (const contract of answer.instances) found.set(contract.id, contract);
		token = answer.next_token;
		if (!token) return [...found.values()];
	}
	throw new UserError("vast_unreadable", `Vast's list of contracts has no end after ${MOST_PAGES} pages`, {
		hint: "run the command again",
	});
}
