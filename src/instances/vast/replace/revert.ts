import { withContract } from "../../../config/edit.ts";
import { editConfig } from "../../../config/edit-file.ts";
import { expectedPollers } from "../../../contracts/queues.ts";
import { UserError, messageOf } from "../../../errors/errors.ts";
import { recordEndpoint } from "../../../state/endpoints.ts";
import { observePollers, type PollerRow } from "../../../temporal/pollers.ts";
import { connectContract } from "../connect.ts";
import type { VastPorts } from "../ports.ts";
import { probe } from "../probe.ts";
import { identityOf, lastLines, startWorker, untilWorkerPolls, type VastWorker } from "../worker.ts";
import { destroyContract } from "./destroy.ts";
import { newLabel } from "./new-label.ts";
import type { Replacement } from "./replacement.ts";

/**
 * Lets the new contract go again and leaves the old one as it was: its worker is started when it was drained. Both are
 * tried, whatever becomes of the other.
 * @throws UserError still_billed, and what keeps the old worker from polling
 */
export async function revert(ports: VastPorts, own: Replacement, report: (text: string) => void): Promise<PollerRow[]> {
	const { fresh, run } = own;
	if (fresh?.connected && run.log.length === 0) run.log = await lastLines(fresh.connected.session);
	fresh?.connected?.session.close();
	if (own.takenOver) await giveBack(ports, own);
	const [letGo, polling] = await Promise.allSettled([destroyRented(ports, own), oldPolls(ports, own, report)]);
	if (letGo.status === "rejected") {
		if (polling.status === "rejected") ports.note(`the old worker: ${messageOf(polling.reason)}`);
		throw letGo.reason;
	}
	if (polling.status === "rejected") throw polling.reason;
	return polling.value;
}

/** cres.yaml and the endpoint on record name the old contract again. */
async function giveBack({ config, name, settings }: VastPorts, { seen, fresh }: Replacement): Promise<void> {
	const change = { from: fresh!.contract.id, to: settings.id };
	await editConfig(config.file, (text) => withContract(text, name, change) ?? text);
	const before = seen.connected?.endpoint ?? seen.recorded;
	if (before) await recordEndpoint(config.state, name, before);
}

/** Everything with this rollout's label: a create whose reply was lost may have made one that nobody has seen. */
async function destroyRented(ports: VastPorts, { seen, run, fresh }: Replacement): Promise<void> {
	const { account } = seen;
	const label = newLabel(ports.config.project, ports.name, run.id, ports.settings.id);
	const named = await account.api.contracts({ label }).catch((error: unknown) => {
		throw unknownContracts(ports.name, label, error);
	});
	const ids = new Set([...named.map(({ id }) => id), ...(fresh ? [fresh.contract.id] : [])]);
	for (const id of ids)
		if (await destroyContract(ports, account, id, (place) => place === label))
			run.facts.push(`contract ${id} destroyed again`);
}

async function oldPolls(
	ports: VastPorts,
	{ seen, drained }: Replacement,
	report: (text: string) => void,
): Promise<PollerRow[]> {
	const { contract, connected, account } = seen;
	if (!contract || !connected) return [];
	if (!drained) return pollsNow(ports, connected);
	const { session } = await connectContract({ ...ports, account }, contract);
	try {
		await startWorker(ports.name, session);
		const worker = { session, probe: await probe(ports.name, session) };
		return await untilWorkerPolls(ports, worker, { signal: ports.signal, report });
	} finally {
		session.close();
	}
}

/** Of a worker that was never touched; none when Temporal does not answer. */
async function pollsNow(ports: VastPorts, worker: VastWorker): Promise<PollerRow[]> {
	const { roles } = ports.settings;
	const expected = expectedPollers(ports.config.queue, roles);
	const own = new Set(roles.map((role) => identityOf(ports.name, worker.probe, role)));
	const temporal = await ports.temporal();
	const { rows } = await observePollers(temporal, expected, ports.clock).catch(() => ({ rows: [] }));
	return rows.filter(({ identity }) => own.has(identity));
}

const unknownContracts = (instance: string, label: string, cause: unknown): UserError =>
	new UserError("still_billed", `a contract with the label ${label} may be billed: ${messageOf(cause)}`, {
		hint: `cres deploy ${instance} --replace destroys it`,
		cause,
	});
