import { withContract } from "../../../config/edit.ts";
import { expectedPollers } from "../../../contracts/queues.ts";
import { UserError, messageOf } from "../../../errors/errors.ts";
import { recordEndpoint } from "../../../instance/endpoint.ts";
import { probe } from "../../../instance/probe.ts";
import { reachContract } from "../../../instance/reach.ts";
import { readTextIfExists, writeTextAtomic } from "../../../system/files.ts";
import { observePollers, type PollerRow } from "../../../temporal/pollers.ts";
import type { Progressing } from "../../../rollout/driver.ts";
import type { RolloutPorts } from "../../../rollout/ports.ts";
import { destroyContract } from "./destroy.ts";
import { newLabel } from "./new-label.ts";
import { reachPorts } from "../roll/observe.ts";
import type { Recreation } from "./steps.ts";
import { identityOf, lastLines, startWorker, untilPolling, type VastWorker } from "../worker.ts";

/**
 * Lets the new contract go again and leaves the old one as it was: its worker is started when it was drained. Both are
 * tried, whatever becomes of the other.
 * @throws UserError still_billed, and what keeps the old worker from polling
 */
export async function revertAnew(
	ports: RolloutPorts,
	own: Recreation,
	run: Progressing,
	report: (text: string) => void,
): Promise<PollerRow[]> {
	const { fresh } = own;
	if (fresh?.reached && run.logTail.length === 0) run.logTail = await lastLines(fresh.reached.session);
	fresh?.reached?.session.close();
	if (own.takenOver) await giveBack(ports, own);
	const [letGo, polling] = await Promise.allSettled([destroyRented(ports, own, run.id), oldPolls(ports, own, report)]);
	if (letGo.status === "rejected") throw letGo.reason;
	if (polling.status === "rejected") throw polling.reason;
	return polling.value;
}

/** cres.yaml and the endpoint on record name the old contract again. */
async function giveBack({ config, instance }: RolloutPorts, { seen, fresh }: Recreation): Promise<void> {
	const text = (await readTextIfExists(seen.configPath)) ?? "";
	const back = withContract(text, instance, { from: fresh!.contract.id, to: seen.instance.id });
	if (back !== undefined) await writeTextAtomic(seen.configPath, back);
	const before = seen.reached?.endpoint ?? seen.recorded;
	if (before) await recordEndpoint(config.root, instance, before);
}

/** Everything with this rollout's label: a create whose reply was lost may have made one that nobody has seen. */
async function destroyRented(ports: RolloutPorts, own: Recreation, rollout: string): Promise<void> {
	const { vast, instance } = own.seen;
	const label = newLabel(ports.config.project, ports.instance, rollout, instance.id);
	const named = await vast.api.contracts({ label }).catch((error: unknown) => {
		throw unknownContracts(ports.instance, label, error);
	});
	const ids = new Set([...named.map(({ id }) => id), ...(own.fresh ? [own.fresh.contract.id] : [])]);
	for (const id of ids)
		if (await destroyContract(ports, vast, id, (now) => now === label))
			own.facts.push(`contract ${id} destroyed again`);
}

async function oldPolls(
	ports: RolloutPorts,
	{ seen, drained }: Recreation,
	report: (text: string) => void,
): Promise<PollerRow[]> {
	const { contract, reached, vast, temporal, instance } = seen;
	if (!contract || !reached) return [];
	if (!drained) return pollsNow(ports, seen, reached);
	const again = await reachContract(reachPorts(ports, vast), ports.instance, contract);
	try {
		await startWorker(ports.instance, again.session);
		const worker = { session: again.session, probe: await probe(ports.instance, again.session) };
		return await untilPolling(ports, temporal, worker, instance.roles, report);
	} finally {
		again.session.close();
	}
}

/** Of a worker that was never touched; none when Temporal does not answer. */
async function pollsNow(
	ports: RolloutPorts,
	{ temporal, instance }: Recreation["seen"],
	worker: VastWorker,
): Promise<PollerRow[]> {
	const expected = expectedPollers(ports.config.queue, instance.roles);
	const own = new Set(instance.roles.map((role) => identityOf(ports.instance, worker.probe, role)));
	const { rows } = await observePollers(temporal, expected, ports.clock).catch(() => ({ rows: [] }));
	return rows.filter(({ identity }) => own.has(identity));
}

const unknownContracts = (instance: string, label: string, cause: unknown): UserError =>
	new UserError("still_billed", `a contract with the label ${label} may be billed: ${messageOf(cause)}`, {
		hint: `cres deploy ${instance} --recreate destroys it`,
		cause,
	});
