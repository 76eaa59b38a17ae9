import { assignmentsOf, withAssignments, type Assignment, type EnvEdit } from "../system/dotenv.ts";
import { addressFrom, sameAddress, type Address } from "./address.ts";

/** Names of the host and of the port in an environment file. */
type Pair = readonly [host: string, port: string];

const PLAIN: Pair = ["VAST_HOST", "VAST_PORT"];

/** The pair that belongs to one instance whatever is in it: `VAST_HOST_GPU_1`, `VAST_PORT_GPU_1`. */
const ownPair = (instance: string): Pair => {
	const suffix = instance.toUpperCase().replaceAll("-", "_");
	return [`VAST_HOST_${suffix}`, `VAST_PORT_${suffix}`];
};

/** What the last assignment of a name says, which is the one that counts. */
const valueIn = (assignments: readonly Assignment[], name: string): string | undefined =>
	assignments.findLast((one) => one.name === name)?.value.trim();

/** The endpoints that an environment file gives an instance: its own pair, and the plain one where `isPlainOurs`. */
export function addressesInEnv(text: string, instance: string, isPlainOurs: (address: Address) => boolean): Address[] {
	const assignments = assignmentsOf(text);
	const read = ([host, port]: Pair) => addressFrom(valueIn(assignments, host), valueIn(assignments, port));
	const [own, plain] = [read(ownPair(instance)), read(PLAIN)];
	return [...(own ? [own] : []), ...(plain && isPlainOurs(plain) ? [plain] : [])];
}

export interface EnvTarget {
	instance: string;
	present: Address;
	/** Earlier endpoints of the instance. */
	stale: readonly Address[];
	/** The only instance at Vast: the plain pair is about nobody else. */
	alone: boolean;
}

/** .env with the instance's endpoint: its own pair where there is one, and the plain pair where that is about it. */
export function withEndpoint(text: string, { instance, present, stale, alone }: EnvTarget): EnvEdit {
	const assignments = assignmentsOf(text);
	const has = ([host, port]: Pair) => [host, port].some((name) => valueIn(assignments, name) !== undefined);
	const own = ownPair(instance);
	const pairs = [...(has(own) ? [own] : []), ...(alone || isOneOf(pairIn(assignments, PLAIN), stale) ? [PLAIN] : [])];
	return assigned(text, pairs, present);
}

/** .env.example with the endpoint where a pair holds an earlier one; empty pairs stay empty. */
export function withoutStale(text: string, { instance, present, stale }: EnvTarget): EnvEdit {
	const assignments = assignmentsOf(text);
	const pairs = [ownPair(instance), PLAIN].filter((pair) => isOneOf(pairIn(assignments, pair), stale));
	return assigned(text, pairs, present);
}

const pairIn = (assignments: readonly Assignment[], [host, port]: Pair): Address | undefined =>
	addressFrom(valueIn(assignments, host), valueIn(assignments, port));

const isOneOf = (address: Address | undefined, stale: readonly Address[]): boolean =>
	address !== undefined && stale.some((one) => sameAddress(one, address));

/** Every assignment of the pairs' names gets its value. */
const assigned = (text: string, pairs: readonly Pair[], { host, port }: Address): EnvEdit =>
	withAssignments(text, new Map(pairs.flatMap((pair) => [[pair[0], host] as const, [pair[1], String(port)] as const])));
