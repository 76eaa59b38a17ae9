import { UserError, messageOf } from "../../../errors/errors.ts";
import type { Contract } from "../../../vast/vast.ts";
import type { RolloutPorts, VastPorts } from "../../../rollout/ports.ts";
import { LOOK_EVERY } from "../roll/run-state.ts";

const TRIES = 3;

/**
 * Destroys a contract as long as its label is one that may be destroyed, and sees that it is gone. One that is gone
 * already, or has another label by now, is left alone. True when it was destroyed.
 * @throws UserError still_billed
 */
export async function destroyContract(
	ports: RolloutPorts,
	vast: VastPorts,
	id: number,
	isOurs: (label: string | null) => boolean,
): Promise<boolean> {
	try {
		const found = await vast.read(id);
		if (isGone(found)) return false;
		if (!isOurs(found.label)) {
			ports.progress.note(`contract ${id} has the label ${found.label ?? "none"} by now: it is left alone`);
			return false;
		}
		await insist(ports, vast, id, () => vast.api.destroy(id), isGone);
		return true;
	} catch (error) {
		throw stillBilled(ports.instance, id, messageOf(error));
	}
}

/** Gives a contract a label and sees that it has it. */
export const labelContract = (ports: RolloutPorts, vast: VastPorts, id: number, label: string): Promise<void> =>
	insist(
		ports,
		vast,
		id,
		() => vast.api.setLabel(id, label),
		(now) => now?.label === label,
	);

/** Asks again until the platform shows what was asked for: neither a reply nor the lack of one is believed. */
async function insist(
	{ signal }: RolloutPorts,
	vast: VastPorts,
	id: number,
	ask: () => Promise<void>,
	done: (now: Contract | undefined) => boolean,
): Promise<void> {
	for (let attempt = 1; ; attempt++) {
		const failure: unknown = await ask().then(
			() => undefined,
			(error: unknown) => error,
		);
		if (done(await vast.read(id))) return;
		if (attempt === TRIES)
			throw failure ?? new Error(`Vast still shows contract ${id} as it was after ${TRIES} requests`);
		await vast.clock.sleep(LOOK_EVERY, signal);
	}
}

const isGone = (contract: Contract | undefined): contract is undefined =>
	contract === undefined || contract.actual === "destroyed";

const stillBilled = (instance: string, id: number, why: string): UserError =>
	new UserError("still_billed", `contract ${id} may still be billed, it could not be destroyed: ${why}`, {
		hint: `cres deploy ${instance} --recreate destroys it`,
	});
