import type { VastInstance } from "../../../config/schema.ts";
import { secretValues } from "../../../config/config.ts";
import { UserError, hasCode } from "../../../errors/errors.ts";
import { Secret } from "../../../secrets/secret.ts";
import type { VastAccount } from "../../../vast/account.ts";
import type { Contract, Offer, OfferQuery } from "../../../vast/vast.ts";
import { verifyEndpoint } from "../connect.ts";
import type { VastPorts } from "../ports.ts";
import { stagingOf } from "../roll/staging.ts";
import type { VastRollout } from "../roll/vast-rollout.ts";
import { LOOK_EVERY } from "../timings.ts";
import { newLabel } from "./new-label.ts";
import { gpuOf } from "./plan.ts";
import type { Replacement } from "./replacement.ts";

/** Offers that one rollout tries to rent. */
const MOST_OFFERS = 5;
/** Looks at a contract that was just made before it counts as gone. */
const LOOKS = 3;
/** The platform's sshd: without it no direct port leads to it. */
const SSH_FLAG = { name: "-p 22:22", value: new Secret("1", { sought: false }) };

/** Offers that suit the instance, the cheapest first. */
export const searchOffers = (settings: VastInstance, { api }: VastAccount): Promise<Offer[]> =>
	api.offers(queryOf(settings));

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
 * Rents the cheapest offer that is still there. Offers are searched again right before: each is good for a minute or two.
 * A create whose reply is lost is never followed by another one.
 * @throws UserError no_capacity, and those of Vast.create
 */
export async function rent(ports: VastPorts, own: Replacement): Promise<void> {
	const { account } = own.seen;
	const wanted = contractWanted(ports, own);
	for (const offer of await searchOffers(ports.settings, account)) {
		if (own.tried.length === MOST_OFFERS) break;
		if (own.tried.some(({ id, machineId }) => id === offer.id || machineId === offer.machineId)) continue;
		ports.signal.throwIfAborted();
		own.tried.push(offer);
		own.asked = true;
		const id = await account.api.create(offer.id, wanted).catch((error: unknown) => {
			if (!hasCode(error, "vast_offer_gone")) throw error;
			own.asked = false;
			ports.note(`${(error as Error).message}: the next one`);
		});
		if (id === undefined) continue;
		own.fresh = rolloutOf({ ...own, account }, await firstSight(ports, account, id), verifyEndpoint);
		own.run.facts.push(`contract ${id} rented: ${gpuOf(offer) ?? "no GPU"}, ${offer.dphTotal.toFixed(3)} USD/h`);
		return;
	}
	throw noCapacity(ports.name, ports.settings, `the ${own.tried.length} offers tried were gone or too small`);
}

function contractWanted({ config, name, settings }: VastPorts, { seen, run, next }: Replacement) {
	const { reference, spec, specHash } = next;
	const published = (seen.contract?.env ?? []).filter((flag) => /^-p \S/.test(flag.name));
	const wanted = { rollout: run.id, reference, spec, specHash, secrets: secretValues(config) };
	const { env, onstart } = stagingOf(wanted, { env: [SSH_FLAG, ...published] });
	const label = newLabel(config.project, name, run.id, settings.id);
	return { image: reference, diskGb: settings.disk_gb, label, env, onstart, login: seen.account.login };
}

/** A rollout to a contract whose container comes up by itself. */
export const rolloutOf = (
	{ account, run, next, known }: Pick<VastRollout, "account" | "run" | "next" | "known">,
	contract: Contract,
	connect: VastRollout["connect"],
): VastRollout => ({
	...{ account, run, next, known, contract, connect },
	...{ before: contract, connected: undefined, underWay: false, ranBefore: undefined, begun: "nothing" },
	replaced: { contract, wasUp: false, fingerprint: undefined }, // its first container replaces none
});

async function firstSight({ name, signal }: VastPorts, account: VastAccount, id: number): Promise<Contract> {
	for (let look = 1; look <= LOOKS; look++) {
		const contract = await account.read(id);
		if (contract) return contract;
		await account.clock.sleep(LOOK_EVERY, signal);
	}
	throw new UserError("contract_gone", `contract ${id} of ${name} is gone right after it was made`, {
		hint: `cres deploy ${name} --replace`,
	});
}

/** No offer fits the wishes. @param why what the market said */
export function noCapacity(name: string, { roles, disk_gb, gpu_name, max_dph }: VastInstance, why: string): UserError {
	const wanted = [
		gpu_name ?? (roles.includes("gpu") ? "any GPU" : "any machine"),
		`${disk_gb} GB of disk`,
		...(max_dph === undefined ? [] : [`${max_dph} USD/h at most`]),
	];
	return new UserError("no_capacity", `nothing to rent for ${name} (${wanted.join(", ")}): ${why}`, {
		hint: `try later, or ask for less in instances.${name} of cres.yaml: gpu_name, disk_gb, max_dph`,
	});
}
