import { UserError, hasCode } from "../../../errors/errors.ts";
import type { Staging } from "../../../vast/vast.ts";
import type { VastPorts } from "../ports.ts";
import { contractNow, type VastRollout } from "./vast-rollout.ts";

/** Tells the platform what to run from the next recycle on, and sees that it took it. @throws UserError stage_not_taken */
export async function stage(ports: VastPorts, own: VastRollout, staging: Staging): Promise<void> {
	const { id } = own.contract;
	if (own.begun !== "recycle") own.begun = "stage";
	await own.account.api.stage(id, staging).catch((error: unknown) => {
		if (!hasCode(error, "vast_reply_lost")) throw error; // the look below tells whether it was taken
	});
	const now = await contractNow(ports, own);
	if (now.image === staging.image && (staging.onstart === undefined || now.onstart === staging.onstart)) return;
	throw new UserError("stage_not_taken", `contract ${id} still has ${now.image} staged, not ${staging.image}`, {
		hint: `cres deploy ${ports.name}`,
	});
}
