import { parseIdentity } from "../../contracts/identity.ts";
import { expectedPollers } from "../../contracts/queues.ts";
import { recordedEndpoint } from "../endpoint.ts";
import { vastInstance } from "../find.ts";
import { observePollers, type PollerRow } from "../../temporal/pollers.ts";
import type { RolloutPorts } from "../../rollout/ports.ts";
import { currentRelease, readReleases } from "../../rollout/release.ts";
import { judge, nothing, type InstanceStatus } from "../../rollout/status.ts";
import { conditionOf, refuseForeign, standing } from "./contract.ts";

/** What the platform and Temporal say, without a login: what runs is told by who polls. */
export async function status(ports: RolloutPorts): Promise<InstanceStatus> {
	const { config, instance, clock } = ports;
	const { id, roles } = vastInstance(config, instance);
	const expected = expectedPollers(config.queue, roles);
	const [contract, report, releases, endpoint] = await Promise.all([
		ports.vast().then((vast) => vast.read(id)),
		ports.temporal().then((temporal) => observePollers(temporal, expected, clock)),
		readReleases(config.root, instance),
		recordedEndpoint(config.root, instance),
	]);
	const release = currentRelease(releases);
	const wanted = release ? { digest: release.digest, buildId: release.buildId } : null;
	const known = { ...nothing(instance), wanted, generation: endpoint?.generation ?? null };
	const ours = refuseForeign(contract, config.project, instance, id);
	const condition = conditionOf(ours);
	if (condition !== "up") {
		const { message, hint } = standing(instance, ours, condition === "on-its-way" ? "silent" : condition);
		return {
			...known,
			detail: condition === "on-its-way" ? `contract ${id} is ${ours.actual}` : message,
			fix: hint ?? null,
		};
	}
	const own = report.rows.filter(({ identity }) => parseIdentity(identity)?.instance === instance);
	const buildId = newest(own)?.buildId ?? undefined;
	if (buildId === undefined) return { ...known, ...judge(instance, [notPolling], false, 0) };
	const digest = releases.findLast((one) => one.buildId === buildId)?.digest ?? "";
	const pollers = expected.map(({ role, type }) => ({ role, type, verdict: verdictOf(own, role, type, buildId) }));
	const drift = wanted !== null && wanted.buildId !== buildId;
	const since = endpoint?.since ?? new Date(newest(own)!.lastSeenMs).toISOString();
	return { ...known, running: { digest, buildId, since }, pollers, ...judge(instance, pollers, drift, 0) };
}

const notPolling = { role: "cpu", type: "activity", verdict: "GONE" } as const;

const serves = ({ verdict }: PollerRow): number => Number(verdict === "LIVE" || verdict === "BUSY");

/** A worker that serves goes before one that does not: the last poll of a drained one may be the later one. */
const newest = (rows: readonly PollerRow[]): PollerRow | undefined =>
	rows.toSorted((a, b) => serves(b) - serves(a) || b.lastSeenMs - a.lastSeenMs)[0];

const verdictOf = (rows: readonly PollerRow[], role: string, type: string, buildId: string): PollerRow["verdict"] =>
	newest(rows.filter((row) => row.role === role && row.type === type && row.buildId === buildId))?.verdict ?? "GONE";
