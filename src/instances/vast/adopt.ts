import type { Config } from "../../config/config.ts";
import type { Role } from "../../contracts/queues.ts";
import { UserError } from "../../errors/errors.ts";
import { endpointOf, hasSsh } from "../../vast/endpoint-of.ts";
import type { VastAccount } from "../../vast/account.ts";
import { labelFor, placeOf } from "../../vast/label.ts";
import type { Contract, Vast } from "../../vast/vast.ts";
import { recordEndpoint, type Endpoint } from "../../state/endpoints.ts";
import { keyFile, keyFromHere } from "../ssh/key-file.ts";
import { loginUser } from "../ssh/login.ts";
import { verifyEndpoint } from "./connect.ts";
import { publicKeyOf } from "../ssh/public-key.ts";
import { assertInstanceName, knownInstance, recordInstance } from "../configured.ts";

/** What the operator gives on the command line; the rest comes from cres.yaml or its defaults. */
export interface AdoptVastSettings {
	id?: number;
	user?: string;
	key?: string;
	roles?: Role[];
}

export interface AdoptVastOptions {
	config: Config;
	account: VastAccount;
	signal: AbortSignal;
	note(text: string): void;
	/** Take a contract whose label names something else. */
	relabel: boolean;
	/** Shown the fingerprint of a key that nobody vouches for; false refuses it. */
	confirm: (fingerprint: string) => Promise<boolean>;
	/** Asked where neither the command line nor cres.yaml gives the roles. @throws UserError role_missing */
	chooseRoles: () => Promise<Role[]>;
}

/** What `cres instance adopt --vast-id` returns under --json. */
export interface AdoptedContract {
	instance: string;
	contract: number;
	endpoint: string;
	fingerprint: string;
	/** False when this key was known before. */
	newKey: boolean;
	/** cres.yaml was changed. */
	recorded: boolean;
	/** The contract's label was set. */
	labelled: boolean;
	roles: Role[];
	facts: { gpus: number; gpuName: string | null; diskGb: number | null; image: string };
}

/**
 * Attaches a contract of the account to an instance of cres.yaml: run type, label and ssh key are looked at, the key is
 * attached where it is missing, a login verifies that it is that contract's container, and only then is it labelled and
 * recorded.
 * @throws UserError unknown_instance (usage), contract_gone, fixed_at_create, label_taken, host_key_refused and those of ssh
 */
export async function adoptContract(
	name: string,
	given: AdoptVastSettings,
	options: AdoptVastOptions,
): Promise<AdoptedContract> {
	const { config, account } = options;
	const { api } = account;
	const settings = await mergedSettings(config, name, given, options.chooseRoles);
	const contract = await adoptable(api, name, settings.id, labelFor(config.project, name), options.relabel);
	await api.attachKey(contract.id, await publicKeyOf(name, keyFile(config.root, settings.key)));
	const acceptHostKey = async (fingerprint: string): Promise<boolean> => {
		if (await options.confirm(fingerprint)) return true;
		throw new UserError(
			"host_key_refused",
			`host key ${fingerprint} of ${name} was not accepted; nothing was recorded`,
			{
				hint: "compare it in the instance's log on vast.ai",
			},
		);
	};
	const { endpoint, session, isNew } = await verifyEndpoint({ ...options, name, settings, acceptHostKey }, contract);
	session.close();
	const labelled = await ensureLabel(api, contract, labelFor(config.project, name));
	const recorded = await recordInstance(config, name, given.id === undefined ? pick(settings, given) : settings);
	if (isNew) await recordEndpoint(config.state, name, endpoint);
	return report(name, contract, endpoint, { newKey: isNew, recorded, labelled, roles: settings.roles });
}

/** What was given, as it was merged: the rest stands in cres.yaml. */
const pick = (settings: AdoptVastSettings, given: AdoptVastSettings): Record<string, unknown> =>
	Object.fromEntries(Object.keys(given).map((name) => [name, settings[name as keyof AdoptVastSettings]]));

const report = (
	instance: string,
	{ id, gpus, gpuName, diskGb, image }: Contract,
	{ host, port, fingerprint }: Endpoint,
	done: Pick<AdoptedContract, "newKey" | "recorded" | "labelled" | "roles">,
): AdoptedContract => ({
	instance,
	contract: id,
	endpoint: `${host}:${port}`,
	fingerprint,
	...done,
	facts: { gpus, gpuName, diskGb: diskGb ?? null, image },
});

async function mergedSettings(
	config: Config,
	name: string,
	given: AdoptVastSettings,
	chooseRoles: AdoptVastOptions["chooseRoles"],
) {
	assertInstanceName(name);
	const known = knownInstance(config, name, "vast");
	const id = given.id ?? known?.id;
	const key = given.key === undefined ? known?.key : keyFromHere(given.key);
	if (id === undefined || key === undefined)
		throw new UserError("unknown_instance", `${name} is not in cres.yaml, so its contract and key are needed`, {
			hint: `cres instance adopt ${name} --vast-id NUMBER --key FILE`,
		});
	const roles: Role[] = given.roles ?? known?.roles ?? (await chooseRoles());
	const user = loginUser(name, given.user ?? known?.user ?? "root");
	return { env: {}, disk_gb: 40, ...known, driver: "vast" as const, id, user, key, roles };
}

/** The contract when it is one that can be rolled and is nobody else's. */
async function adoptable(vast: Vast, name: string, id: number, label: string, relabel: boolean): Promise<Contract> {
	const contract = await vast.contract(id);
	if (!contract)
		throw new UserError("contract_gone", `the account has no contract ${id}`, {
			hint: "cres instance list shows what it holds",
		});
	if (!hasSsh(contract))
		throw new UserError(
			"fixed_at_create",
			`contract ${id} has the run type "${contract.runtype}", which has no ssh; it is fixed when a contract is made`,
			{ hint: "rent an instance with an ssh run type, or let cres deploy --replace do it" },
		);
	const place = placeOf(contract.label);
	if (place !== null && place !== "" && place !== label && !relabel)
		throw new UserError("label_taken", `contract ${id} has the label "${place}"`, {
			hint: `if it may become ${label}: cres instance adopt ${name} --vast-id ${id} --relabel`,
		});
	if (endpointOf(contract)) return contract;
	throw new UserError(
		"no_endpoint",
		`contract ${id} has no ssh endpoint; it is ${contract.actual ?? "not started yet"}`,
		{
			hint: "wait until cres instance list shows it running",
		},
	);
}

async function ensureLabel(vast: Vast, contract: Contract, label: string): Promise<boolean> {
	if (placeOf(contract.label) === label) return false;
	await vast.setLabel(contract.id, label);
	return true;
}
