import { verifyEndpoint } from "../connect.ts";
import { endpointOf } from "../../../vast/endpoint-of.ts";
import type { Contract } from "../../../vast/vast.ts";
import type { VastPorts } from "../ports.ts";
import { conditionOf, standing, type Condition } from "../contract.ts";
import { CONTAINER_TIMEOUT, LOOK_EVERY } from "../timings.ts";
import { contractNow, hasMoved, late, type VastRollout } from "./vast-rollout.ts";

/** A host's heartbeat may be lost for a while; in milliseconds of the platform's time. */
const SILENCE_ALLOWED = 5 * 60_000;
/** A minute in which the platform may still show what was before the recycle. */
const LOOKS_OF_GRACE = 6;
/** Looks after which a container that never seemed to go is asked for its host key instead. */
const LOOKS_BEFORE_KEY = 3;

/**
 * Waits until the platform was seen to have taken the old container away and shows another one as running. The first
 * `running` after a recycle may still be the old one.
 * @throws UserError container_late after half an hour, and why it will never come
 */
export async function awaitContainer(
	ports: VastPorts,
	own: VastRollout,
	report: (text: string) => void,
): Promise<void> {
	const { clock } = own.account;
	const before = own.replaced;
	const until = clock.now() + CONTAINER_TIMEOUT;
	let silentSince: number | undefined;
	let moved = !before.wasUp;
	for (let look = 1; ; look++) {
		await clock.sleep(LOOK_EVERY, ports.signal);
		const contract = await contractNow(ports, own);
		const condition = newConditionOf(contract, before.contract, look);
		moved ||= hasMoved(before.contract, contract);
		report(`${contract.actual ?? "not started"}${moved ? "" : ", still the old container"}`);
		if (condition === "up" && !moved && look >= LOOKS_BEFORE_KEY) moved = await hasOtherKey(ports, own);
		if (condition === "up" && moved && endpointOf(contract)) return;
		if (condition === "silent") silentSince ??= clock.now();
		else silentSince = undefined;
		if (condition !== "up" && condition !== "on-its-way" && condition !== "silent")
			throw standing(ports.name, contract, condition);
		if (silentSince !== undefined && clock.now() - silentSince > SILENCE_ALLOWED)
			throw standing(ports.name, contract, "silent");
		if (clock.now() > until) throw late(ports.name, contract);
	}
}

/**
 * What a host said before the recycle is no news after it: messages come late, and for a while all of the contract may be
 * shown as it was.
 */
function newConditionOf(contract: Contract, before: Contract, look: number): Condition {
	const isOldNews = contract.statusMessage === before.statusMessage;
	const same = isOldNews && contract.actual === before.actual && contract.intended === before.intended;
	if (same && look <= LOOKS_OF_GRACE && conditionOf(contract) !== "up") return "on-its-way";
	return conditionOf(isOldNews ? { ...contract, statusMessage: null } : contract);
}

/** A container whose endpoint stays the same, behind the proxy, is told from the old one by its host key. */
async function hasOtherKey(ports: VastPorts, own: VastRollout): Promise<boolean> {
	const old = own.replaced.fingerprint;
	try {
		const { session, endpoint } = await verifyEndpoint({ ...ports, account: own.account }, own.contract);
		session.close();
		return endpoint.fingerprint !== old;
	} catch {
		return false;
	}
}
