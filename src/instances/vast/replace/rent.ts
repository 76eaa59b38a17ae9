import type { VastInstance } from "../../../config/schema.ts";
import { UserError, hasCode } from "../../../errors/errors.ts";
import { proveEndpoint } from "../../../instance/reach.ts";
import { Secret } from "../../../secrets/secret.ts";
import type { Contract, Offer, OfferQuery } from "../../../vast/vast.ts";
import type { RolloutPorts, VastPorts } from "../../../rollout/ports.ts";
import { LOOK_EVERY, type VastRun } from "../roll/run-state.ts";
import { newLabel } from "./new-label.ts";
import type { Observation } from "../roll/observe.ts";
import type { Recreation } from "./steps.ts";
import type { Outlook } from "./observe.ts";
import { gpuOf } from "./plan.ts";
import { stagingOf } from "../roll/staging.ts";

/** Offers that one rollout tries to rent. */
const MOST_OFFERS = 5;
/** Looks at a contract that was just made before it counts as gone. */
const LOOKS = 3;
/** The platform's sshd: without it no direct port leads to it. */
const SSH_FLAG = { name: "-p 22:22", value: new Secret("1", { sought: false }) };

/** Offers that suit the instance, the cheapest first. @throws UserError no_capacity (busy) when there is none */
export async function searchOffers(name: string, instance: VastInstance, { api }: VastPorts): Promise<Offer[]> {
	const offers = await api.offers(queryOf(instance));
	if (offers.length > 0) return offers;
	throw noCapacity(name, instance, "Vast offers none");
}

/** CUDA of the cuda flavour: an older driver cannot run what it brings. */
const LEAST_CUDA = 12.4;

const queryOf = ({ roles, flavour, disk_gb, gpu_name, max_dph }: VastInstance): OfferQuery => ({
	minimumGpus: roles.includes("gpu") ? 1 : 0,
	...(flavour === "cuda" ? { minimumCuda: LEAST_CUDA } : {}),
	diskGb: disk_gb,
	...(gpu_name === undefined ? {} : { gpuName: gpu_name }),
	...(max_dph === undefined ? {} : { maximumDph: max_dph }),
	limit: MOST_OFFERS,
});

/**
 * Rents the cheapest offer that is still there. Offers are searched anew right before: each is good for a minute or two.
 * A create whose reply is lost is never followed by another one.
 * @throws UserError no_capacity (busy), and those of Vast.create
 */
export async function rent(ports: RolloutPorts, own: Recreation, rollout: string): Promise<void> {
	const { vast, instance } = own.seen;
	const wanted = contractWanted(ports, own, rollout);
	for (const offer of await searchOffers(ports.instance, instance, vast)) {
		if (own.tried.length === MOST_OFFERS) break;
		if (own.tried.some(({ id, machineId }) => id === offer.id || machineId === offer.machineId)) continue;
		ports.signal.throwIfAborted();
		own.tried.push(offer);
		own.asked = true;
		const id = await vast.api.create(offer.id, wanted).catch((error: unknown) => {
			if (!hasCode(error, "vast_offer_gone")) throw error;
			own.asked = false;
			ports.progress.note(`${(error as Error).message}: the next one`);
		});
		if (id === undefined) continue;
		own.fresh = runOf(own.seen, await firstSight(ports, vast, id), proveEndpoint);
		own.facts.push(`contract ${id} rented: ${gpuOf(offer) ?? "no GPU"}, ${offer.dphTotal.toFixed(3)} USD/h`);
		return;
	}
	throw noCapacity(ports.instance, instance, `the ${own.tried.length} offers tried were gone or too small`);
}

function contractWanted(ports: RolloutPorts, { seen }: Recreation, rollout: string) {
	const { config, instance: name } = ports;
	const { reference, instance, contract, vast } = seen;
	const published = (contract?.env ?? []).filter((flag) => /^-p \S/.test(flag.name));
	const { env, onstart } = stagingOf({ ...seen, rollout }, { env: [SSH_FLAG, ...published] });
	const label = newLabel(config.project, name, rollout, instance.id);
	return { image: reference, diskGb: instance.disk_gb, label, env, onstart, login: vast.login };
}

/** A rollout to a contract whose container comes up by itself. */
export function runOf(seen: Outlook, contract: Contract, reach: VastRun["reach"]): VastRun {
	const observed: Observation = { ...seen, contract, condition: "on-its-way", underWay: false, reached: undefined };
	return {
		seen: observed,
		contract,
		reached: undefined,
		reach,
		replaced: { contract, wasUp: false, fingerprint: undefined }, // its first container replaces none
		begun: "nothing",
		facts: [],
	};
}

async function firstSight({ instance, signal }: RolloutPorts, vast: VastPorts, id: number): Promise<Contract> {
	for (let look = 1; look <= LOOKS; look++) {
		const contract = await vast.read(id);
		if (contract) return contract;
		await vast.clock.sleep(LOOK_EVERY, signal);
	}
	throw new UserError("contract_gone", `contract ${id} of ${instance} is gone right after it was made`, {
		hint: `cres deploy ${instance} --recreate`,
	});
}

function noCapacity(name: string, { roles, disk_gb, gpu_name, max_dph }: VastInstance, why: string): UserError {
	const wanted = [
		gpu_name ?? (roles.includes("gpu") ? "any GPU" : "any machine"),
		`${disk_gb} GB of disk`,
		...(max_dph === undefined ? [] : [`${max_dph} USD/h at most`]),
	];
	return new UserError("no_capacity", `nothing to rent for ${name} (${wanted.join(", ")}): ${why}`, {
		hint: `try later, or ask for less in instances.${name} of cres.yaml: gpu_name, disk_gb, max_dph`,
	});
}
