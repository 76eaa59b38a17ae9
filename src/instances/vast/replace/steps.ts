import { withContract } from "../../../config/edit.ts";
import { editConfig } from "../../../config/edit-file.ts";
import type { ErrorCode } from "../../../errors/catalogue.ts";
import { UserError, messageOf } from "../../../errors/errors.ts";
import { recordEndpoint } from "../../../state/endpoints.ts";
import { labelFor } from "../../../vast/label.ts";
import type { Execution, StepCall } from "../../instance.ts";
import type { VastPorts } from "../ports.ts";
import { awaitContainer } from "../roll/await-container.ts";
import { performVast, unstopped } from "../roll/steps.ts";
import { contractNow } from "../roll/vast-rollout.ts";
import { drain } from "../worker.ts";
import { destroyContract, labelContract } from "./destroy.ts";
import { parseNewLabel } from "./new-label.ts";
import { renamedMeanwhile } from "./renamed.ts";
import { replaceStepSchema, type OwnStep, type ReplaceStep } from "./plan.ts";
import { rent } from "./rent.ts";
import type { Replacement } from "./replacement.ts";
import { revert } from "./revert.ts";

type Perform<K extends OwnStep["kind"]> = (
	ports: VastPorts,
	own: Replacement,
	step: Extract<OwnStep, { kind: K }>,
) => Promise<void>;

const OWN_STEPS: { [K in OwnStep["kind"]]: Perform<K> } = {
	reap,
	finish,
	rent: (ports, own) => rent(ports, own),
	"take-over": (ports, own) => takeOver(ports, own),
	retire,
};

/** The steps of one change of contracts, made possible. */
export const createReplacement = (ports: VastPorts, own: Replacement): Execution => ({
	async perform(step, call) {
		const known = replaceStepSchema.parse(step);
		const calling = { ...ports, signal: call.signal, note: own.run.note };
		await perform(calling, own, known, call).catch((error: unknown) => {
			throw error instanceof UserError ? withCommand(ports.name, own, known, error) : error;
		});
	},
	touched: () => own.asked || own.drained,
	revert: (report) => revert(unstopped(ports, own), own, report),
	leftOver: () => own.left,
	close: () => own.fresh?.connected?.session.close(),
});

async function perform(ports: VastPorts, own: Replacement, step: ReplaceStep, call: StepCall): Promise<void> {
	if (isOwn(step)) await (OWN_STEPS[step.kind] as Perform<typeof step.kind>)(ports, own, step);
	else if (step.kind === "await-container") await awaitRoomy(ports, own, call.report);
	else if (step.kind === "drain") await drainOld(ports, own);
	else await performVast(ports, own.fresh!, step, call);
}

const isOwn = (step: ReplaceStep): step is OwnStep => Object.hasOwn(OWN_STEPS, step.kind);

/** Codes of errors whose hint is about a contract that stays. */
const OF_THE_CONTRACT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
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

/** A contract that was only finished is an ordinary one and stays; one that was rented does not. */
function withCommand(instance: string, { finishes }: Replacement, { kind }: ReplaceStep, error: UserError): UserError {
	const { code, message } = error;
	const stays = finishes && kind !== "reap" && kind !== "finish";
	if (!stays && !OF_THE_CONTRACT.has(code)) return error;
	const hint = stays ? `cres logs ${instance}, then cres deploy ${instance}` : `cres deploy ${instance} --replace`;
	return new UserError(code, message, { hint, cause: error });
}

/** Only what has the label of a contract of this instance that never became its place. */
async function reap(
	ports: VastPorts,
	{ seen, run }: Replacement,
	{ contracts }: { contracts: readonly number[] },
): Promise<void> {
	const { project } = ports.config;
	const isHalfMade = (place: string | null) => parseNewLabel(place, project, ports.name) !== undefined;
	for (const id of contracts)
		if (await destroyContract(ports, seen.account, id, isHalfMade))
			run.facts.push(`contract ${id} destroyed, left by an interrupted rollout`);
}

/** A disk below what was asked for cannot grow: that contract goes, and the next offer is tried. */
async function awaitRoomy(ports: VastPorts, own: Replacement, report: StepCall["report"]): Promise<void> {
	const { account, publicKey } = own.seen;
	const { disk_gb } = ports.settings;
	for (;;) {
		await awaitContainer(ports, own.fresh!, report);
		const { id, diskGb, label } = own.fresh!.contract;
		if (diskGb === undefined || Math.ceil(diskGb) >= disk_gb) break;
		const what = `contract ${id} has a disk of ${diskGb} GB, not ${disk_gb} GB`;
		ports.note(`${what}: it is destroyed, and the next offer is tried`);
		own.run.facts.push(`${what}: destroyed`);
		await destroyContract(ports, account, id, (place) => place === label);
		Object.assign(own, { fresh: undefined, asked: false });
		await rent(ports, own);
	}
	await account.api.attachKey(own.fresh!.contract.id, publicKey);
}

/** The new worker polls by now: an old one that cannot be stopped ends with its contract. */
async function drainOld(ports: VastPorts, own: Replacement): Promise<void> {
	own.drained = true;
	await drain(ports.name, own.seen.connected!.session).catch((error: unknown) => {
		ports.note(`the old worker was not drained: ${messageOf(error)}`);
	});
}

/** The contract stays the instance's from here on, even when everything ends now. @throws UserError changed_meanwhile */
async function takeOver({ config, name, settings, ...ports }: VastPorts, own: Replacement): Promise<void> {
	const fresh = own.fresh!;
	const to = (await contractNow({ ...ports, config, name, settings }, fresh)).id;
	const change = { from: settings.id, to };
	await editConfig(config.file, async (text) => {
		const next = withContract(text, name, change);
		if (next === undefined) throw renamedMeanwhile(name, change.from);
		own.takenOver = true;
		await recordEndpoint(config.state, name, fresh.connected!.endpoint);
		return next;
	});
	own.run.facts.push(`cres.yaml names contract ${change.to} instead of ${change.from}`);
}

/** The label of the new contract names the old one until that is gone: so it is found again after a kill. */
async function retire(
	ports: VastPorts,
	own: Replacement,
	{ contract: old, label }: { contract: number | null; label: string },
): Promise<void> {
	const { account } = own.seen;
	try {
		if (old !== null && (await destroyContract(ports, account, old, (place) => place === label)))
			own.run.facts.push(`contract ${old} destroyed`);
		await labelContract(ports, account, own.fresh!.contract.id, label);
	} catch (error) {
		own.run.facts.push(`left undone: ${messageOf(error)}`);
		throw (own.left = unfinished(ports.name, own.fresh!.contract.id, error));
	}
}

/** What retire had not come to. The contract of now is an ordinary one afterwards. */
async function finish(
	ports: VastPorts,
	{ seen, run }: Replacement,
	{ contract: id, old }: { contract: number; old: number | null },
): Promise<void> {
	const label = labelFor(ports.config.project, ports.name);
	try {
		if (old !== null && (await destroyContract(ports, seen.account, old, (place) => place === label)))
			run.facts.push(`contract ${old} destroyed, which contract ${id} had replaced`);
		await labelContract(ports, seen.account, id, label);
	} catch (error) {
		throw unfinished(ports.name, id, error);
	}
}

const unfinished = (instance: string, id: number, cause: unknown): UserError =>
	new UserError("unfinished", `${instance} runs on contract ${id} now, but: ${messageOf(cause)}`, {
		hint: `cres deploy ${instance} --replace ends it`,
		cause,
	});
