import { hasCode } from "../../../errors/errors.ts";
import type { VastPorts } from "../ports.ts";
import { LOOK_EVERY } from "../timings.ts";
import { contractNow, hasMoved, replacedBy, type VastRollout } from "./vast-rollout.ts";

/** Looks after which a recycle whose reply was lost is taken to have come to nothing. */
const LOOKS_AFTER_LOSS = 3;

/** One recycle. A lost reply is looked after before the call is repeated: a repeat costs another start of the container. */
export async function recycle(ports: VastPorts, own: VastRollout): Promise<void> {
	const { api, clock } = own.account;
	const before = own.contract;
	own.begun = "recycle";
	own.replaced = replacedBy(before, own.connected);
	own.connected?.session.close();
	try {
		await api.recycle(before.id);
	} catch (error) {
		if (!hasCode(error, "vast_reply_lost")) throw error;
		for (let look = 0; look < LOOKS_AFTER_LOSS; look++) {
			await clock.sleep(LOOK_EVERY, ports.signal);
			if (hasMoved(before, await contractNow(ports, own))) return;
		}
		ports.note("the reply to the recycle was lost and nothing came of it: it is asked for once more");
		await api.recycle(before.id);
	}
}
