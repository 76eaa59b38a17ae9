import { hasCode } from "../../../errors/errors.ts";
import type { RolloutPorts } from "../../ports.ts";
import { LOOK_EVERY, contractNow, hasMoved, replacedBy, type VastRun } from "./run-state.ts";

/** Looks after which a recycle whose reply was lost is taken to have come to nothing. */
const LOOKS_AFTER_LOSS = 3;

/** One recycle. A lost reply is looked after before the call is repeated: a repeat costs another start of the container. */
export async function recycle(ports: RolloutPorts, own: VastRun): Promise<void> {
	const { api, clock } = own.seen.vast;
	const before = own.contract;
	own.begun = "recycle";
	own.replaced = replacedBy(before, own.reached);
	own.reached?.session.close();
	try {
		await api.recycle(before.id);
	} catch (error) {
		if (!hasCode(error, "vast_reply_lost")) throw error;
		for (let look = 0; look < LOOKS_AFTER_LOSS; look++) {
			await clock.sleep(LOOK_EVERY, ports.signal);
			if (hasMoved(before, await contractNow(ports, own))) return;
		}
		ports.progress.note("the reply to the recycle was lost and nothing came of it: it is asked for once more");
		await api.recycle(before.id);
	}
}
