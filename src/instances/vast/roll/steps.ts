import { UserError, hasCode } from "../../../errors/errors.ts";
import type { Staging } from "../../../vast/vast.ts";
import type { Progressing } from "../../../rollout/driver.ts";
import type { RolloutPorts } from "../../../rollout/ports.ts";
import type { Step } from "../../../rollout/step.ts";
import { awaitContainer } from "./await-container.ts";
import { reachBuild } from "./connect-build.ts";
import { recycle } from "./recycle.ts";
import { contractNow, type VastRun } from "./run-state.ts";
import { stagingOf } from "./staging.ts";
import { watch } from "./watch.ts";
import { drain, lastLines, untilPolling } from "../worker.ts";

/** Does one step. */
export async function act(
	ports: RolloutPorts,
	own: VastRun,
	run: Progressing,
	step: Step,
	report: (text: string) => void,
): Promise<void> {
	switch (step.kind) {
		case "drain":
			own.begun = "drain";
			return drain(ports.instance, own.reached!.session);
		case "stage":
			return stage(ports, own, stagingOf({ ...own.seen, rollout: run.id }, own.contract));
		case "recycle":
			return recycle(ports, own);
		case "await-container":
			return awaitContainer(ports, own, report);
		case "reach":
			return reachBuild(ports, own, run, step.buildId, report);
		case "await-pollers":
			run.pollers = await polls(ports, own, run, report);
			return;
		case "watch":
			return watch(ports, own, report);
		default:
			throw new Error(`the vast driver has no step ${step.kind}`);
	}
}

/** Tells the platform what to run from the next recycle on, and sees that it took it. @throws UserError stage_not_taken */
export async function stage(ports: RolloutPorts, own: VastRun, staging: Staging): Promise<void> {
	const { id } = own.contract;
	if (own.begun !== "recycle") own.begun = "stage";
	await own.seen.vast.api.stage(id, staging).catch((error: unknown) => {
		if (!hasCode(error, "vast_reply_lost")) throw error; // the look below tells whether it was taken
	});
	const now = await contractNow(ports, own);
	if (now.image === staging.image && (staging.onstart === undefined || now.onstart === staging.onstart)) return;
	throw new UserError("stage_not_taken", `contract ${id} still has ${now.image} staged, not ${staging.image}`, {
		hint: `cres deploy ${ports.instance}`,
	});
}

async function polls(ports: RolloutPorts, own: VastRun, run: Progressing, report: (text: string) => void) {
	const { temporal, instance } = own.seen;
	try {
		return await untilPolling(ports, temporal, own.reached!, instance.roles, report);
	} catch (error) {
		run.logTail = await lastLines(own.reached!.session);
		throw error;
	}
}
