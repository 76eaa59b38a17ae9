import { UserError, messageOf } from "../../../errors/errors.ts";
import type { Contract } from "../../../vast/vast.ts";
import type { VastAccount } from "../../../vast/account.ts";
import { movedLabel, placeOf } from "../../../vast/label.ts";
import type { VastPorts } from "../ports.ts";
import { LOOK_EVERY } from "../timings.ts";

const TRIES = 3;

/**
 * Destroys a contract as long as its label is one that may be destroyed, and sees that it is gone. One that is gone
 * already, or has another label by now, is left alone. True when it was destroyed.
 * @throws UserError still_billed
 */
export async function destroyContract(
	ports: VastPorts,
	account: VastAccount,
	id: number,
	isOurs: (place: string | null) => boolean,
): Promise<boolean> {
	try {
		const found = await account.read(id);
		if (isGone(found)) return false;
		if (!isOurs(placeOf(found.label))) {
			ports.note(`contract ${id} has the label ${found.label ?? "none"} by now: it is left alone`);
			return false;
		}
		await insist(ports, account, id, () => account.api.destroy(id), isGone);
		return true;
	} catch (error) {
		throw stillBilled(ports.name, id, messageOf(error));
	}
}

/** Makes a contract the place that `place` names, whoever holds its lease, and sees that it is. */
export const labelContract = (ports: VastPorts, account: VastAccount, id: number, place: string): Promise<void> =>
	insist(
		ports,
		account,
		id,
		async () => account.api.setLabel(id, movedLabel((await account.read(id))?.label ?? null, place)),
		(now) => now !== undefined && placeOf(now.label) === place,
	);

/** Asks again until the platform shows what was asked for: neither a reply nor the lack of one is believed. */
async function insist(
	{ signal }: VastPorts,
	account: VastAccount,
	id: number,
	ask: () => Promise<void>,
	done: (now: Contract | undefined) => boolean,
): Promise<void> {
	for (let attempt = 1; ; attempt++) {
		const failure: unknown = await ask().then(
			() => undefined,
			(error: unknown) => error,
		);
		if (done(await account.read(id))) return;
		if (attempt === TRIES)
			throw failure ?? new Error(`Vast still shows contract ${id} as it was after ${TRIES} requests`);
		await account.clock.sleep(LOOK_EVERY, signal);
	}
}

const isGone = (contract: Contract | undefined): contract is undefined =>
	contract === undefined || contract.actual === "destroyed";

const stillBilled = (instance: string, id: number, why: string): UserError =>
	new UserError("still_billed", `contract ${id} may still be billed, it could not be destroyed: ${why}`, {
		hint: `cres deploy ${instance} --replace destroys it`,
	});
