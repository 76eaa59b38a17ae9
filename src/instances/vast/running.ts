import { parseIdentity } from "../../contracts/identity.ts";
import { parseOnStart } from "../../contracts/vast.ts";
import { recordedEndpoint, type Endpoint } from "../../state/endpoints.ts";
import { readRecentReleases, readReleases, type Release } from "../../state/releases.ts";
import { isServing, type PollerRow } from "../../temporal/pollers.ts";
import type { Contract } from "../../vast/vast.ts";
import type { Running, RunningContainer } from "../instance.ts";
import { assertOurs, conditionOf, standing } from "./contract.ts";
import { livingHolder } from "./lease.ts";
import type { VastPorts } from "./ports.ts";
import { buildIdOfReference } from "./roll/image-build.ts";

/** What the platform says, without a login: what runs in a contract is told by who polls. */
export async function running(ports: VastPorts, polls: () => Promise<readonly PollerRow[]>): Promise<Running> {
	const { config, name, settings } = ports;
	const [contract, endpoint] = await Promise.all([
		ports.vast().then((account) => account.read(settings.id)),
		recordedEndpoint(config.state, name),
	]);
	const ours = assertOurs(contract, config.project, name, settings.id);
	const holder = livingHolder(ports, ours);
	const known = { generation: endpoint?.generation ?? null, gpu: ours.gpus > 0, holder };
	const stopped = whyStopped(name, ours);
	if (stopped) return { ...known, container: null, count: 0, stopped };
	return { ...known, container: await describe(ports, ours, endpoint, await polls()), count: 1, stopped: null };
}

function whyStopped(name: string, contract: Contract): Running["stopped"] {
	const condition = conditionOf(contract);
	if (condition === "up") return null;
	const { message, hint } = standing(name, contract, condition === "on-its-way" ? "silent" : condition);
	const detail = condition === "on-its-way" ? `contract ${contract.id} is ${contract.actual}` : message;
	return { detail, fix: hint ?? null };
}

/** The build that polls; where none does, the one that the contract is configured with. */
async function describe(
	{ config, name }: VastPorts,
	contract: Contract,
	endpoint: Endpoint | undefined,
	polls: readonly PollerRow[],
): Promise<RunningContainer> {
	const newest = newestOf(polls.filter(({ identity }) => parseIdentity(identity)?.instance === name));
	const buildId = newest?.buildId ?? buildIdOfReference(config, contract.image) ?? "";
	const since = endpoint?.since ?? new Date(newest?.lastSeenMs ?? 0).toISOString();
	return {
		digest: (await releaseOf(config.state, name, buildId))?.digest ?? "",
		buildId,
		specHash: parseOnStart(contract.onstart)?.specHash ?? null,
		since,
		restarts: 0,
		owns: (poll) => poll.buildId === buildId && parseIdentity(poll.identity)?.instance === name,
	};
}

async function releaseOf(state: string, name: string, buildId: string): Promise<Release | undefined> {
	const isOf = (one: Release) => one.buildId === buildId;
	return (await readRecentReleases(state, name)).findLast(isOf) ?? (await readReleases(state, name)).findLast(isOf);
}

/** A worker that serves goes before one that does not: the last poll of a drained one may be the later one. */
const newestOf = (rows: readonly PollerRow[]): PollerRow | undefined =>
	rows.toSorted((a, b) => Number(isServing(b)) - Number(isServing(a)) || b.lastSeenMs - a.lastSeenMs)[0];
