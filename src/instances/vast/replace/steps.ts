import type { ErrorCode } from "../../../errors/catalogue.ts";
import { UserError, messageOf } from "../../../errors/errors.ts";
import { withContract } from "../../../config/edit.ts";
import { recordEndpoint } from "../../endpoint.ts";
import { readTextIfExists, writeTextAtomic } from "../../../system/files.ts";
import { labelFor } from "../../../vast/ours.ts";
import type { Offer } from "../../../vast/vast.ts";
import type { Progressing } from "../../../rollout/driver.ts";
import type { RolloutPorts } from "../../../rollout/ports.ts";
import type { Step } from "../../../rollout/step.ts";
import { act } from "../roll/steps.ts";
import { awaitContainer } from "../roll/await-container.ts";
import { contractNow, type VastRun } from "../roll/run-state.ts";
import { destroyContract, labelContract } from "./destroy.ts";
import { parseNewLabel } from "./new-label.ts";
import type { Outlook } from "./observe.ts";
import { rent } from "./rent.ts";
import { drain } from "../worker.ts";

/** A change of contracts on its way. */
export interface Recreation {
	seen: Outlook;
	/** The contract that is to become the instance's. */
	fresh: VastRun | undefined;
	/** Offers that were asked for. */
	tried: Offer[];
	/** A contract was asked for, and not seen to be refused or destroyed. */
	asked: boolean;
	/** The old worker was told to stop, by this rollout or by one that was cut off. */
	drained: boolean;
	/** cres.yaml names the new contract. */
	takenOver: boolean;
	/** Facts for the entry, one a line. */
	facts: string[];
	/** What could not be ended. */
	left: UserError | undefined;
}

/** Codes of errors whose hint is about a contract that stays. */
const OF_THE_CONTRACT = new Set<ErrorCode>([
	"container_ended",
	"container_late",
	"contract_gone",
	"contract_stopped",
	"host_key_mismatch",
	"host_silent",
	"instance_unreachable",
	"no_endpoint",
	"not_settled",
	"pull_failed",
	"ssh_refused",
	"vast_refused",
	"vast_reply_lost",
	"wrong_build",
	"wrong_instance",
]);

/** Does one step. What goes wrong with the new contract ends with the command that rents another one. */
export async function actAnew(
	ports: RolloutPorts,
	own: Recreation,
	run: Progressing,
	step: Step,
	report: (text: string) => void,
): Promise<void> {
	try {
		await doStep(ports, own, run, step, report);
	} catch (error) {
		throw error instanceof UserError ? withCommand(ports.instance, own, step, error) : error;
	}
}

/** A contract that was only finished is an ordinary one and stays; one that was rented does not. */
function withCommand(instance: string, { seen }: Recreation, { kind }: Step, error: UserError): UserError {
	const { code, message } = error;
	const stays = seen.offers.length === 0 && kind !== "reap" && kind !== "finish";
	if (!stays && !OF_THE_CONTRACT.has(code)) return error;
	const hint = stays ? `cres logs ${instance}, then cres deploy ${instance}` : `cres deploy ${instance} --recreate`;
	return new UserError(code, message, { hint, cause: error });
}

async function doStep(
	ports: RolloutPorts,
	own: Recreation,
	run: Progressing,
	step: Step,
	report: (text: string) => void,
): Promise<void> {
	switch (step.kind) {
		case "reap":
			return reap(ports, own, step.contracts);
		case "finish":
			return finish(ports, own, step.contract, step.old);
		case "rent":
			return rent(ports, own, run.id);
		case "await-container":
			return awaitRoomy(ports, own, run, report);
		case "drain":
			return drainOld(ports, own);
		case "take-over":
			return takeOver(ports, own);
		case "retire":
			return retire(ports, own, step.contract, step.label);
		default:
			return act(ports, own.fresh!, run, step, report);
	}
}

/** Only what has the label of a contract of this instance that never became its place. */
async function reap(ports: RolloutPorts, own: Recreation, contracts: readonly number[]): Promise<void> {
	const { project } = ports.config;
	const isHalfMade = (label: string | null) => parseNewLabel(label, project, ports.instance) !== undefined;
	for (const id of contracts)
		if (await destroyContract(ports, own.seen.vast, id, isHalfMade))
			own.facts.push(`contract ${id} destroyed, left by a rollout that was cut off`);
}

/** A disk below what was asked for cannot grow: that contract goes, and the next offer is tried. */
async function awaitRoomy(
	ports: RolloutPorts,
	own: Recreation,
	run: Progressing,
	report: (text: string) => void,
): Promise<void> {
	const { vast, instance, publicKey } = own.seen;
	for (;;) {
		await awaitContainer(ports, own.fresh!, report);
		const { id, diskGb, label } = own.fresh!.contract;
		if (diskGb === undefined || Math.ceil(diskGb) >= instance.disk_gb) break;
		const what = `contract ${id} has a disk of ${diskGb} GB, not ${instance.disk_gb} GB`;
		ports.progress.note(`${what}: it is destroyed, and the next offer is tried`);
		own.facts.push(`${what}: destroyed`);
		await destroyContract(ports, vast, id, (now) => now === label);
		Object.assign(own, { fresh: undefined, asked: false });
		await rent(ports, own, run.id);
	}
	await vast.api.attachKey(own.fresh!.contract.id, publicKey);
}

/** The new worker is proven by now: an old one that cannot be stopped ends with its contract. */
async function drainOld(ports: RolloutPorts, own: Recreation): Promise<void> {
	own.drained = true;
	await drain(ports.instance, own.seen.reached!.session).catch((error: unknown) => {
		ports.progress.note(`the old worker was not drained: ${messageOf(error)}`);
	});
}

/** The contract stays the instance's from here on, even when everything ends now. @throws UserError changed_meanwhile */
async function takeOver(ports: RolloutPorts, own: Recreation): Promise<void> {
	const { config, instance } = ports;
	const { seen, fresh } = own;
	const change = { from: seen.instance.id, to: (await contractNow(ports, fresh!)).id };
	const text = withContract((await readTextIfExists(seen.configPath)) ?? "", instance, change);
	if (text === undefined) throw changedMeanwhile(instance, change.from);
	own.takenOver = true;
	await recordEndpoint(config.root, instance, fresh!.reached!.endpoint);
	await writeTextAtomic(seen.configPath, text);
	own.facts.push(`cres.yaml names contract ${change.to} instead of ${change.from}`);
}

/** The label of the new contract names the old one until that is gone: so it is found again after a kill. */
async function retire(ports: RolloutPorts, own: Recreation, old: number | null, label: string): Promise<void> {
	const { vast } = own.seen;
	try {
		if (old !== null && (await destroyContract(ports, vast, old, (now) => now === label)))
			own.facts.push(`contract ${old} destroyed`);
		await labelContract(ports, vast, own.fresh!.contract.id, label);
	} catch (error) {
		own.facts.push(`left undone: ${messageOf(error)}`);
		throw (own.left = unfinished(ports.instance, own.fresh!.contract.id, error));
	}
}

/** What retire had not come to. The contract of now is an ordinary one afterwards. */
async function finish(ports: RolloutPorts, own: Recreation, id: number, old: number | null): Promise<void> {
	const { vast } = own.seen;
	const label = labelFor(ports.config.project, ports.instance);
	try {
		if (old !== null && (await destroyContract(ports, vast, old, (now) => now === label)))
			own.facts.push(`contract ${old} destroyed, which contract ${id} had replaced`);
		await labelContract(ports, vast, id, label);
	} catch (error) {
		throw unfinished(ports.instance, id, error);
	}
}

const unfinished = (instance: string, id: number, cause: unknown): UserError =>
	new UserError("unfinished", `${instance} runs on contract ${id} now, but: ${messageOf(cause)}`, {
		hint: `cres deploy ${instance} --recreate ends it`,
		cause,
	});

export const changedMeanwhile = (instance: string, id: number): UserError =>
	new UserError("changed_meanwhile", `cres.yaml does not name contract ${id} for ${instance} any more`, {
		hint: "run the command again",
	});
