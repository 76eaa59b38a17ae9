import { parseOnStart } from "../../../contracts/vast.ts";
import { UserError } from "../../../errors/errors.ts";
import type { NextRelease } from "../../../rollout/wanted.ts";
import { currentRelease } from "../../../state/releases.ts";
import { recordedEndpoint, type Endpoint } from "../../../state/endpoints.ts";
import { hasBegun } from "../../../state/journal.ts";
import { abandon } from "../../../errors/abandon.ts";
import type { VastAccount } from "../../../vast/account.ts";
import type { Contract } from "../../../vast/vast.ts";
import { buildTag, isDigest } from "../../../registry/image-reference.ts";
import type { ReleaseImage } from "../../../registry/release-image.ts";
import { changedMeanwhile } from "../../changed.ts";
import { gathered } from "../../../errors/gathered.ts";
import type { Known, Look, Observation, Outlook } from "../../instance.ts";
import { connectContract, type Connected } from "../connect.ts";
import { assertOurs, conditionOf, standing, type Condition } from "../contract.ts";
import { assertFree } from "../lease.ts";
import type { VastPorts } from "../ports.ts";
import { RECENT_MS } from "../timings.ts";
import { isServing } from "../worker.ts";
import { buildIdOfReference } from "./image-build.ts";
import { planRoll } from "./plan.ts";
import { beyondLimits } from "./staging.ts";
import { unfitFor } from "./requirements.ts";
import { createExecution } from "./steps.ts";
import { replacedBy } from "./vast-rollout.ts";

/** What was read of a contract. */
interface Seen {
	account: VastAccount;
	contract: Contract;
	condition: Condition;
	/** The container behind ssh; undefined where a rollout of ours left one that cannot be connected to. */
	connected: Connected | undefined;
	/** The rollout that configured it was begun from here. */
	mine: boolean;
	/** The endpoint on record. */
	recorded: Endpoint | undefined;
	/** `registry/repository:tag` as Vast's host pulls it. */
	reference: string;
}

/** Reads a contract and what its host would pull; the connection stays open for the rollout. */
export async function observe(ports: VastPorts, look: Look): Promise<Observation> {
	const calling = { ...ports, signal: look.signal, note: look.note };
	const opening = ports.vast().then((account) => openContract(calling, account));
	look.dialled();
	try {
		const tag = look.image.then((image) => assertTag(calling, image));
		const [opened, reference] = await gathered([opening, tag]);
		await warnNoWayBack(calling, opened);
		const recorded = opened.connected?.endpoint ?? (await recordedEndpoint(ports.config.state, ports.name));
		return observation(ports, { ...opened, recorded, reference });
	} catch (error) {
		abandon(opening, ({ connected }) => connected?.session.close());
		throw error;
	}
}

function observation(ports: VastPorts, seen: Seen): Observation {
	return {
		gpu: seen.contract.gpus > 0,
		reference: seen.reference,
		weigh: (next, known) => weigh(ports, seen, next, known),
		unfit: async (next) => [
			...unfitFor(ports, next.image, seen.contract),
			...beyondLimits(ports.config, next, seen.contract),
		],
		assertUnchanged: () => assertUnchanged(ports, seen),
		begin: (run, next, known) => {
			const { account, contract, connected } = seen;
			return createExecution(ports, {
				...{ account, run, next, known, contract, connected },
				...{ before: contract, ranBefore: connected?.probe.buildId, underWay: isUnderWay(seen, next, known) },
				...{ replaced: replacedBy(contract, connected), connect: connectContract, begun: "nothing" },
			});
		},
		close: () => seen.connected?.session.close(),
	};
}

function weigh(ports: VastPorts, seen: Seen, next: NextRelease, known: Known): Outlook {
	const { contract, condition, connected, recorded } = seen;
	const underWay = isUnderWay(seen, next, known);
	const works = connected !== undefined && connected.probe.worker !== "none";
	const isServed = serves(ports, seen, next, known);
	const isThere = isServed || (underWay && connected !== undefined);
	return {
		previous: underWay ? recordedBefore(known, next) : previousOf(connected?.probe.buildId, next, known),
		serves: isServed,
		generation: (recorded?.generation ?? 0) + (isThere ? 0 : 1),
		plan: planRoll({ contract: contract.id, condition, works, underWay }, next),
	};
}

/** An interrupted roll may have replaced the container already: what ran before it is the release on record. */
function recordedBefore(known: Known, next: NextRelease): Outlook["previous"] {
	return previousOf(currentRelease(known.releases)?.buildId, next, known);
}

/** The build in the container; its digest from the records, for a container does not know its own. */
export function previousOf(
	buildId: string | undefined,
	{ image }: NextRelease,
	{ releases }: Known,
): Outlook["previous"] {
	if (buildId === undefined) return undefined;
	const recorded = releases.findLast((release) => release.buildId === buildId)?.digest;
	const digest = buildId === image.buildId ? image.digest : recorded;
	return { buildId, digest: digest !== undefined && isDigest(digest) ? digest : "" };
}

/** The wanted build runs with the wanted settings, was staged as such, and its own worker polls every queue. */
function serves(ports: VastPorts, seen: Seen, next: NextRelease, known: Known): boolean {
	const { connected, contract, condition } = seen;
	if (condition !== "up" || connected?.probe.buildId !== next.image.buildId) return false;
	if (isUnderWay(seen, next, known)) return false;
	if (contract.image !== next.reference || parseOnStart(contract.onstart)?.specHash !== next.specHash) return false;
	return isServing(ports, connected.probe, known.polls);
}

/** The platform was told to run exactly this by a rollout of ours that was never recorded as live. */
function isUnderWay({ contract, mine }: Seen, { reference, specHash }: NextRelease, { releases }: Known): boolean {
	const left = parseOnStart(contract.onstart);
	if (!mine || left?.specHash !== specHash || contract.image !== reference) return false;
	return !releases.some(({ id, outcome }) => id === left.rollout && outcome === "live");
}

/** Between the look and the lease somebody else may have rolled the contract: then the plan is void. */
async function assertUnchanged(ports: VastPorts, { account, contract: before }: Seen): Promise<void> {
	const now = await account.read(before.id, RECENT_MS); // the lease was read back after it was taken
	const same = now?.image === before.image && now.onstart === before.onstart && now.intended === before.intended;
	if (!same) throw changedMeanwhile(ports.name);
}

/** An image that has left the registry cannot be pulled again, should the new one fail. */
async function warnNoWayBack(
	ports: VastPorts,
	{ account, contract }: Pick<Seen, "account" | "contract">,
): Promise<void> {
	const { repository } = ports.config.image;
	const buildId = buildIdOfReference(ports.config, contract.image);
	if (buildId === undefined || (await (await account.registry()).resolve(repository, buildTag(buildId)))) return;
	ports.note(
		`no rollback is possible for ${ports.name}: ${contract.image}, its current image, is no longer in the registry`,
	);
}

/** The contract and its container, both verified to be ours. */
async function openContract(
	ports: VastPorts,
	account: VastAccount,
): Promise<Pick<Seen, "account" | "contract" | "condition" | "connected" | "mine">> {
	const { config, name, settings } = ports;
	const contract = assertOurs(await account.read(settings.id), config.project, name, settings.id);
	assertFree(ports, contract);
	const condition = conditionOf(contract);
	const left = parseOnStart(contract.onstart);
	const mine = left !== undefined && (await hasBegun(config.state, name, left.rollout.replace(/-back$/, "")));
	if (condition === "up") {
		const connected = await connectContract({ ...ports, account }, contract).catch((error: unknown) => {
			if (!mine || !(error instanceof UserError)) throw error;
			ports.note(
				`${name} still runs the container of an interrupted rollout, but does not accept a connection: ${error.message}`,
			);
			return undefined;
		});
		return { account, contract, condition, connected, mine };
	}
	const ours = mine && (condition === "on-its-way" || condition === "pull-failed" || condition === "ended");
	if (ours) return { account, contract, condition, connected: undefined, mine };
	if (condition === "on-its-way") throw notRunning(name, contract);
	throw standing(name, contract, condition);
}

const notRunning = (name: string, { id, actual }: Contract) =>
	new UserError("not_running", `contract ${id} of ${name} is ${actual ?? "not started yet"}`, {
		hint: `wait until cres instance list shows it running, then cres deploy ${name}`,
	});

/**
 * The tag that stands for an image, `registry/repository:tag`, seen to name it with the credential that Vast's hosts use.
 * @throws UserError tag_moved
 */
export async function assertTag(ports: VastPorts, image: ReleaseImage): Promise<string> {
	const { registry, image: settings } = ports.config;
	const tag = buildTag(image.buildId);
	const found = await (await (await ports.vast()).registry()).manifest(settings.repository, tag);
	const { address } = registry.pull ?? registry.push;
	const reference = `${address}/${settings.repository}:${tag}`;
	if (found?.digest === image.digest) return reference;
	throw new UserError(
		"tag_moved",
		`${reference} names ${found?.digest ?? "nothing"}, not ${image.digest}: Vast's host would pull something else`,
		{ hint: "cres build all --push pushes the tag again; find out who moved it" },
	);
}
