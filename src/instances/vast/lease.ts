import { randomUUID } from "node:crypto";
import { z } from "zod";
import { parseOnStart } from "../../contracts/vast.ts";
import { hasCode, type UserError } from "../../errors/errors.ts";
import { mayRun, type Claim } from "../../state/claim.ts";
import { leaseHeld, leaseLost } from "../../state/lease-errors.ts";
import { heldBy, heldLabel, labelFor, placeOf } from "../../vast/label.ts";
import type { Contract } from "../../vast/vast.ts";
import type { HeldLease, InstanceLease, LeaseHolder } from "../lease.ts";
import { notOurs } from "./contract.ts";
import type { VastPorts } from "./ports.ts";
import { parseNewLabel } from "./replace/new-label.ts";
import { RECENT_MS } from "./timings.ts";

/** How long a holder that says nothing is believed; the clocks of two control hosts may be a minute apart. */
const TTL_MS = 10 * 60_000;

/**
 * The lease of an instance as a part of its contract's label. Vast compares nothing when it writes: of two that write at
 * once the one that is read back holds it, and the other one learns that before its next step.
 */
export const labelLease = (ports: VastPorts): InstanceLease => ({
	holder: async () => livingHolder(ports, await read(ports)),
	take: (claim) => take(ports, claim),
	async break() {
		const contract = await read(ports);
		if (!contract || !isPlaceOf(ports, contract)) return undefined;
		const holder = holderIn(contract.label);
		if (holder) await write(ports, contract, undefined);
		return holder;
	},
});

async function take(ports: VastPorts, claim: Claim): Promise<HeldLease> {
	const before = await read(ports);
	if (!before) return heldNowhere; // a contract that is gone is nobody's to change
	if (!isPlaceOf(ports, before)) throw notOurs(before, ports.config.project, ports.name);
	assertFree(ports, before);
	const token = 1 + Math.max(holderIn(before.label)?.token ?? 0, tokenIn(before.onstart));
	const mine: LeaseHolder = { ...claim, token, nonce: randomUUID() };
	const lost = await write(ports, before, mine);
	const now = holderIn((await read(ports))?.label ?? null);
	if (now?.nonce === mine.nonce) return heldLease(ports, mine);
	throw now ? leaseHeld(ports.name, now, ports.clock.now()) : (lost ?? leaseLost(ports.name, undefined));
}

const heldNowhere: HeldLease = {
	token: 0,
	ttlMs: TTL_MS,
	freshMs: 0,
	renew: async () => {},
	assertHeld: async () => {},
	release: async () => {},
};

function heldLease(ports: VastPorts, mine: LeaseHolder): HeldLease {
	const own = async (maxAgeMs = 0): Promise<Contract | undefined> => {
		const contract = await read(ports, maxAgeMs);
		const holder = holderIn(contract?.label ?? null);
		if (contract && holder?.nonce !== mine.nonce) throw leaseLost(ports.name, holder);
		return contract;
	};
	return {
		token: mine.token,
		ttlMs: TTL_MS,
		freshMs: 0,
		assertHeld: async (maxAgeMs) => void (await own(maxAgeMs)),
		async renew() {
			const contract = await own();
			if (contract) await write(ports, contract, mine);
		},
		async release() {
			const contract = await read(ports, RECENT_MS);
			if (!contract || holderIn(contract.label)?.nonce !== mine.nonce) return;
			await write(ports, contract, undefined).catch(async (error: unknown) => {
				if (await read(ports)) throw error; // a contract that is gone holds nothing
			});
		},
	};
}

/** The contract is the instance's, or one that a rollout has rented for it. */
const isPlaceOf = ({ config: { project }, name }: VastPorts, { label }: Contract): boolean =>
	placeOf(label) === labelFor(project, name) || parseNewLabel(label, project, name) !== undefined;

const read = async ({ vast, settings }: VastPorts, maxAgeMs = 0): Promise<Contract | undefined> =>
	(await vast()).read(settings.id, maxAgeMs);

/** A lost reply is returned, not thrown: whoever writes can read what was written. */
async function write(
	ports: VastPorts,
	{ id, label }: Contract,
	holder: LeaseHolder | undefined,
): Promise<UserError | undefined> {
	const place = placeOf(label) ?? "";
	const next = holder ? heldLabel(place, fieldsOf(holder, ports.clock.now() + TTL_MS)) : place;
	try {
		await (await ports.vast()).api.setLabel(id, next);
		return undefined;
	} catch (error) {
		if (hasCode(error, "vast_reply_lost")) return error;
		throw error;
	}
}

const fieldsOf = (holder: LeaseHolder, until: number): Record<string, string> => {
	const { owner, host, pid, machine, boot, started, purpose, since, token, nonce } = holder;
	return {
		...{ owner, host, purpose, nonce, pid: String(pid), token: String(token) },
		...{ since: new Date(since).toISOString(), until: new Date(until).toISOString() },
		...(machine === undefined ? {} : { machine }),
		...(boot === undefined ? {} : { boot }),
		...(started === undefined ? {} : { started }),
	};
};

const time = z.iso.datetime().transform((text) => Date.parse(text));
const fieldsSchema = z.object({
	...{ owner: z.string(), host: z.string(), purpose: z.string(), nonce: z.string() },
	...{ pid: z.coerce.number().int(), token: z.coerce.number().int(), since: time, until: time },
	...{ machine: z.string().exactOptional(), boot: z.string().exactOptional(), started: z.string().exactOptional() },
});

/** What follows our label and cannot be read was not written by cres: it holds nothing. */
function holderIn(label: string | null): (LeaseHolder & { until: number }) | undefined {
	return fieldsSchema.safeParse(heldBy(label)).data;
}

/** Who holds the lease of a contract that was read, if anybody does. */
export function livingHolder(
	{ clock }: Pick<VastPorts, "clock">,
	contract: Contract | undefined,
): LeaseHolder | undefined {
	const holder = holderIn(contract?.label ?? null);
	return holder && holder.until > clock.now() && mayRun(holder) ? holder : undefined;
}

/** @throws UserError lease_held when another control host changes the instance now */
export function assertFree(ports: Pick<VastPorts, "name" | "clock">, contract: Contract | undefined): void {
	const holder = livingHolder(ports, contract);
	if (holder) throw leaseHeld(ports.name, holder, ports.clock.now());
}

/** The on-start names the rollout that configured it, whose id ends with the token of its lease. */
const tokenIn = (onstart: string | null): number =>
	Number(/-(\d+)(?:-back)?$/.exec(parseOnStart(onstart)?.rollout ?? "")?.[1] ?? 0);
