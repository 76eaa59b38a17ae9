import type { Config } from "../config/config.ts";
import { parseFlag } from "../contracts/flag.ts";
import { PERIMETER, PERIMETER_FILE } from "../contracts/perimeter.ts";
import { UserError, hasCode } from "../errors/errors.ts";
import { throwTogether } from "../errors/gathered.ts";
import { splitHostAndPort } from "../system/hosts.ts";
import { canonicalHost, hostMatcher, isOwnMachine, type Address } from "./address.ts";
import { covers } from "./check.ts";
import { parsePerimeter, type PerimeterDocument } from "./document.ts";
import { readPerimeter } from "./perimeter-file.ts";

/** A server that is spoken to in clear off this machine, though docs/Perimeter.md does not allow it. */
export interface PlainAddress {
	/** `temporal.address`, `MINIO_ENDPOINT of gpu-1` */
	setting: string;
	/** `192.168.1.5:7233` */
	address: string;
	/** Why it is refused. */
	message: string;
	/** The setting that encrypts it, or the row that allows it. */
	fix: string;
}

/** The clear environment of an instance, or what of it differs from cres.yaml. */
export interface Surroundings {
	name: string;
	env: Readonly<Record<string, string>>;
}

/** A server as this machine or an instance finds it. */
interface Place {
	setting: string;
	address: string;
	/** Whoever finds it there; undefined: this machine. */
	instance: Surroundings | undefined;
}

interface Spoken {
	setting: string;
	address: string;
	/** What encrypts it. */
	encrypt: string;
	/** Instances connect to it, not only this machine. */
	ofInstances: boolean;
}

type Settings = Pick<Config, "temporal" | "temporalTls" | "store" | "secret">;
type Declarations = Pick<PerimeterDocument, "hosts" | "allowed">;

/** How a row says that what it names may be spoken to in clear, and why: `plain: a VPN carries it`. */
const DECLARED = /^plain:\s*\S/i;
const REASON = "plain: allowed because …";
const TLS = "set temporal.tls in cres.yaml";
const HTTPS = "set store.secure: true in cres.yaml";

/**
 * Addresses of Temporal and of the object store that are spoken to in clear, are not of this machine itself, and that no
 * row of Hosts or of "Allowed on instances" in docs/Perimeter.md declares, each once. Names are not resolved: they may
 * lead elsewhere on another machine. `instances` may find the servers at addresses of their own.
 */
export async function plainAddresses(
	config: Settings & Pick<Config, "root">,
	instances: readonly Surroundings[] = [],
): Promise<PlainAddress[]> {
	const spoken = inClear(config, instances).filter(({ address }) => !isOwnMachine(partsOf(address).host));
	if (spoken.length === 0) return [];
	const document = await declarations(config.root);
	return spoken
		.filter(({ address }) => !isDeclared(document, partsOf(address)))
		.map((one) => ({
			...{ setting: one.setting, address: one.address },
			message: `${one.setting} (${one.address}) is plain, and ${PERIMETER_FILE} does not allow that`,
			fix: `${one.encrypt}, or ${declare(document, one)}`,
		}));
}

/** The same as errors, plain_connection, one for each address. */
export const plainFailures = async (...of: Parameters<typeof plainAddresses>): Promise<UserError[]> =>
	(await plainAddresses(...of)).map(({ message, fix }) => new UserError("plain_connection", message, { hint: fix }));

/** Goes on only where nothing is spoken to in clear that docs/Perimeter.md does not allow. @throws UserError plain_connection, one for each address */
export const refusePlain = async (config: Parameters<typeof plainFailures>[0]): Promise<void> =>
	throwTogether(await plainFailures(config));

function inClear(settings: Settings, instances: readonly Surroundings[]): Spoken[] {
	const all = [...temporalInClear(settings, instances), ...storeInClear(settings, instances)];
	return [...Map.groupBy(all, ({ address }) => address).values()].map(([first, ...others]) => ({
		...{ setting: first!.setting, address: first!.address, encrypt: first!.encrypt },
		ofInstances: [first!, ...others].some(({ instance }) => instance !== undefined),
	}));
}

type InClear = Place & Pick<Spoken, "encrypt">;

function temporalInClear({ temporal, temporalTls, secret }: Settings, instances: readonly Surroundings[]): InClear[] {
	if (temporalTls !== undefined || secret("TEMPORAL_API_KEY") !== undefined) return [];
	const { address, instance_address: seen } = temporal;
	return placesOf(
		["temporal.address", address],
		["temporal.instance_address", seen],
		"TEMPORAL_ADDRESS",
		instances,
	).map((place) => ({ ...place, encrypt: TLS }));
}

function storeInClear({ store }: Settings, instances: readonly Surroundings[]): InClear[] {
	const { endpoint, instance_endpoint: seen, secure } = store;
	return placesOf(["store.endpoint", endpoint], ["store.instance_endpoint", seen], "MINIO_ENDPOINT", instances)
		.filter(({ instance }) => !isSecure(store, instance))
		.map((place) => ({ ...place, encrypt: secure ? `set MINIO_SECURE of ${place.instance!.name} to true` : HTTPS }));
}

/** Without instances, one is thought of that has what cres.yaml says. */
function placesOf(
	[setting, address]: readonly [string, string],
	[seenSetting, seen]: readonly [string, string | undefined],
	variable: string,
	instances: readonly Surroundings[],
): Place[] {
	const usual = seen === undefined ? { setting, address } : { setting: seenSetting, address: seen };
	const all = instances.length > 0 ? instances : [{ name: "", env: {} }];
	return [
		{ setting, address, instance: undefined },
		...all.map((instance): Place => {
			const own = instance.env[variable];
			const place =
				own === undefined || own === usual.address
					? usual
					: { setting: `${variable} of ${instance.name}`, address: own };
			return { ...place, instance };
		}),
	];
}

function isSecure({ secure }: Settings["store"], instance: Surroundings | undefined): boolean {
	const own = instance?.env["MINIO_SECURE"];
	return own === undefined ? secure : parseFlag(own) === true;
}

function partsOf(address: string): Address {
	const { host, port } = splitHostAndPort(address);
	return { host: canonicalHost(host) ?? host, port };
}

async function declarations(root: string): Promise<Declarations> {
	try {
		return parsePerimeter(await readPerimeter(root));
	} catch (error) {
		if (hasCode(error, "perimeter_missing")) return { hosts: [], allowed: [] };
		throw error;
	}
}

const isDeclared = (document: Declarations, address: Address): boolean =>
	document.hosts.some((row) => DECLARED.test(row.what) && isNamed(row, address)) ||
	document.allowed.some((row) => DECLARED.test(row.why) && covers(row, address));

const isNamed = ({ name, addresses }: Declarations["hosts"][number], { host }: Address): boolean =>
	[name, ...addresses].some((one) => hostMatcher(one)?.(host) === true);

/** How to allow it. What only this machine connects to is no address for instances: it belongs among the hosts. */
function declare({ hosts, allowed }: Declarations, { setting, address, ofInstances }: Spoken): string {
	const { host, port } = partsOf(address);
	const row = ofInstances
		? allowed.find((one) => covers(one, { host, port }))
		: hosts.find((one) => isNamed(one, { host, port }));
	const column = ofInstances ? "why" : "what it is";
	if (row) return `begin "${column}" in ${PERIMETER_FILE}:${row.line} with "${REASON}"`;
	const cells = ofInstances ? [host, String(port), REASON] : [setting, "control", host, REASON];
	const { heading } = PERIMETER[ofInstances ? "allowed" : "hosts"];
	return `add to "${heading}" in ${PERIMETER_FILE}: | ${cells.join(" | ")} |`;
}
