import { randomUUID } from "node:crypto";
import { z } from "zod";
import { LABEL } from "../../contracts/labels.ts";
import { claimSchema, mayRun, type Claim } from "../../state/claim.ts";
import { leaseHeld, leaseLost } from "../../state/lease-errors.ts";
import type { HeldLease, InstanceLease, LeaseHolder } from "../lease.ts";
import type { ContainerHost, VolumeState } from "./container-host.ts";
import { fenceOf, listedContainers, ourLabels } from "./containers.ts";
import type { DockerPorts } from "./ports.ts";

/** How long a holder that says nothing is believed, by the clock of the daemon's host. */
const TTL_MS = 90_000;
/** A holder that lost its lease within that time makes no container beside its successor's, which has a higher fence; milliseconds. */
const FRESH_MS = 2_000;
/** Contenders that may be faster, one after the other, before one gives up. */
const TRIES = 5;

/** The volume with the highest number is the one that counts. */
interface Register {
	number: number;
	volume: VolumeState;
	/** Undefined when it was given back. */
	holder: LeaseHolder | undefined;
}

type LeasePorts = Pick<DockerPorts, "name" | "config" | "host">;

/**
 * The lease of an instance as an empty volume on its Docker host: the daemon makes a volume of one name once, so whoever
 * made the one with the next number holds the lease. The number is the fencing token; the last volume stays when the
 * lease is given back, so that it never goes down.
 */
export function volumeLease(ports: LeasePorts): InstanceLease {
	let seen: Seen | undefined;
	return {
		async holder() {
			seen = await look(await ports.host(), ports);
			return seen.holder;
		},
		take: (claim, claimed) => take(ports, { claim, claimed }, seen),
		async break() {
			const host = await ports.host();
			const before = await readRegister(host, ports);
			if (before?.holder) await removeAll(host, (await put(host, ports, before.number, undefined)) ?? []);
			return before?.holder;
		},
	};
}

/** Who holds the lease, and the highest number that was ever given out. */
interface Seen {
	holder: LeaseHolder | undefined;
	highest: number;
}

/** A host whose lease volumes were removed still has containers: none of them may carry a higher number than the next lease. */
async function look(host: ContainerHost, ports: LeasePorts): Promise<Seen> {
	const [register, there] = await Promise.all([readRegister(host, ports), listedContainers(host, ports)]);
	const highest = Math.max(register?.number ?? 0, ...there.map(fenceOf));
	return { holder: await livingHolder(host, register), highest };
}

interface Taking {
	claim: Claim;
	claimed: (() => void) | undefined;
}

/** @param seen what a look has found before: whoever came between has the next number by now, and one looks again */
async function take(ports: LeasePorts, { claim, claimed }: Taking, seen: Seen | undefined): Promise<HeldLease> {
	const host = await ports.host();
	const nonce = randomUUID();
	let last = seen?.holder ? undefined : seen;
	for (let attempt = 1; ; attempt++) {
		const { holder, highest } = last ?? (await look(host, ports));
		if (holder) throw leaseHeld(ports.name, holder, await host.now());
		const mine: LeaseHolder = { ...claim, token: highest + 1, nonce };
		const earlier = await put(host, ports, highest, mine, claimed);
		if (earlier) {
			removeAll(host, earlier).catch(() => {}); // those that stay go with the next renewal
			return heldLease(ports, mine);
		}
		if (attempt === TRIES)
			throw leaseHeld(ports.name, (await readRegister(host, ports))?.holder ?? claim, await host.now());
		last = undefined;
	}
}

function heldLease(ports: LeasePorts, mine: LeaseHolder): HeldLease {
	let number = mine.token;
	const own = async () => {
		const now = await readRegister(await ports.host(), ports);
		if (now?.holder?.nonce !== mine.nonce) throw leaseLost(ports.name, now?.holder);
		return now;
	};
	return {
		token: mine.token,
		ttlMs: TTL_MS,
		freshMs: FRESH_MS,
		assertHeld: async () => void (await own()),
		async renew() {
			const host = await ports.host();
			const before = (await own()).number;
			const earlier = await put(host, ports, before, mine);
			if (!earlier) throw leaseLost(ports.name, (await readRegister(host, ports))?.holder);
			number = before + 1;
			await removeAll(host, earlier);
		},
		async release() {
			const host = await ports.host();
			if (await giveBack(host, ports, number)) return;
			const now = await readRegister(host, ports);
			if (now?.holder?.nonce !== mine.nonce) return;
			await removeAll(host, (await put(host, ports, now.number, undefined)) ?? []);
		},
	};
}

/** Makes the volume with the number after `highest`; undefined when there is another one of this number. */
async function make(
	host: ContainerHost,
	ports: LeasePorts,
	highest: number,
	holder: LeaseHolder | undefined,
): Promise<string | undefined> {
	const text = JSON.stringify(holder ?? null);
	const name = nameOf(ports, highest + 1);
	const made = await host.createVolume(name, { ...ourLabels(ports), [LABEL.lease]: text });
	return made.labels[LABEL.lease] === text ? name : undefined;
}

/**
 * Gives back the lease whose volume has that number, without a look at the others: after a loss the volume that is made
 * has a lower number than the one that counts. False when the next number is taken.
 */
async function giveBack(host: ContainerHost, ports: LeasePorts, number: number): Promise<boolean> {
	if ((await make(host, ports, number, undefined)) === undefined) return false;
	await host.removeVolume(nameOf(ports, number));
	return true;
}

/** Writes the next volume; the earlier ones, which count no more, are the caller's to remove. Undefined when somebody else was faster. */
async function put(
	host: ContainerHost,
	ports: LeasePorts,
	highest: number,
	holder: LeaseHolder | undefined,
	made: () => void = () => {},
): Promise<Register[] | undefined> {
	const name = await make(host, ports, highest, holder);
	if (name === undefined) return undefined;
	made();
	const [newest, ...earlier] = await readVolumes(host, ports);
	if (newest?.number === highest + 1) return earlier;
	await host.removeVolume(name); // it was late: what counts has a higher number
	return undefined;
}

const removeAll = async (host: ContainerHost, registers: readonly Register[]): Promise<void> =>
	void (await Promise.all(registers.map(({ volume }) => host.removeVolume(volume.name))));

async function readRegister(host: ContainerHost, ports: LeasePorts): Promise<Register | undefined> {
	return (await readVolumes(host, ports))[0];
}

/** The highest number first. */
async function readVolumes(host: ContainerHost, ports: LeasePorts): Promise<Register[]> {
	const prefix = prefixOf(ports);
	const found = await host.volumes(ourLabels(ports));
	return found
		.filter(({ name }) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
		.map((volume) => ({ number: Number(volume.name.slice(prefix.length)), volume, holder: holderIn(volume) }))
		.toSorted((a, b) => b.number - a.number);
}

async function livingHolder(host: ContainerHost, register: Register | undefined): Promise<LeaseHolder | undefined> {
	if (!register?.holder || !mayRun(register.holder)) return undefined;
	const age = (await host.now()) - register.volume.createdAt;
	return age < TTL_MS ? register.holder : undefined;
}

const nameOf = (ports: LeasePorts, number: number): string => `${prefixOf(ports)}${number}`;

const prefixOf = ({ config, name }: LeasePorts): string => `cres-lease-${config.project}-${name}.`;

const schema = claimSchema.extend({ token: z.int(), nonce: z.string() });

/** A label that cannot be read was not written by cres: it holds nothing. */
function holderIn({ labels }: VolumeState): LeaseHolder | undefined {
	try {
		return schema.parse(JSON.parse(labels[LABEL.lease] ?? "null"));
	} catch {
		return undefined;
	}
}
