import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import type { Config } from "../config/config.ts";
import { parseFlag } from "../contracts/flag.ts";
import { hasCode } from "../errors/errors.ts";
import { canonicalHost, hostMatcher, isOwnMachine } from "./address.ts";
import { parsePerimeter } from "./document.ts";
import { readPerimeter } from "./perimeter-file.ts";

/** A server that is spoken to in clear over a public network. */
export interface PlainAddress {
	/** `temporal.address` */
	setting: string;
	/** `203.0.113.7:7233` */
	address: string;
	/** What makes it safe. */
	fix: string;
}

/** How a row of "Allowed on instances" says that an address may be plain, and why: `plain: a VPN carries it`. */
const DECLARED = /^plain:\s*\S/i;
const HTTPS = "set store.secure: true";
const LOOKUP_MS = 2_000;

/** Networks that no public one leads to: RFC 1918, RFC 6598 (carriers and overlay VPNs), RFC 3927, RFC 4193, RFC 4291. */
const INSIDE = new BlockList();
for (const [net, bits] of [
	["10.0.0.0", 8],
	["172.16.0.0", 12],
	["192.168.0.0", 16],
	["100.64.0.0", 10],
	["169.254.0.0", 16],
] as const)
	INSIDE.addSubnet(net, bits, "ipv4");
INSIDE.addSubnet("fc00::", 7, "ipv6");
INSIDE.addSubnet("fe80::", 10, "ipv6");
/** Names that no public server answers to: single words, and RFC 6761, RFC 6762, RFC 8375, `.internal` of ICANN. */
const INSIDE_NAME = /^(?![\da-f:.]*$)(?:[^.]+|.*\.(?:test|invalid|local|lan|internal|home\.arpa))$/;

/**
 * Addresses of Temporal and of the object store that are plain, lead over a public network, and are not declared in
 * docs/Perimeter.md. `environment` is what an instance gets, which may see the servers elsewhere. A name that this machine cannot resolve is left out: its own check says so.
 */
export async function plainAddresses(
	config: Pick<Config, "temporal" | "temporalTls" | "store" | "secret" | "root">,
	environment: Readonly<Record<string, string>> = {},
): Promise<PlainAddress[]> {
	const plain = plainSettings(config, environment);
	if (plain.length === 0) return [];
	const [declared, isPublic] = await Promise.all([
		declaredHosts(config.root),
		Promise.all(plain.map(({ address }) => leadsOutside(hostOf(address)))),
	]);
	return plain.filter(({ address }, at) => isPublic[at] && !declared.some((covers) => covers(hostOf(address))));
}

function plainSettings(
	{ temporal, temporalTls, store, secret }: Parameters<typeof plainAddresses>[0],
	env: Readonly<Record<string, string>>,
): PlainAddress[] {
	const isTemporalPlain = temporalTls === undefined && secret("TEMPORAL_API_KEY") === undefined;
	const isSecureInside = env["MINIO_SECURE"] === undefined ? store.secure : parseFlag(env["MINIO_SECURE"]) === true;
	const inside = { temporal: env["TEMPORAL_ADDRESS"], store: env["MINIO_ENDPOINT"] };
	const given = [
		...(isTemporalPlain
			? [
					["temporal.address", temporal.address, "set temporal.tls"] as const,
					["temporal.instance_address", inside.temporal ?? temporal.instance_address, "set temporal.tls"] as const,
				]
			: []),
		...(store.secure ? [] : [["store.endpoint", store.endpoint, HTTPS] as const]),
		...(isSecureInside ? [] : [["store.instance_endpoint", inside.store ?? store.instance_endpoint, HTTPS] as const]),
	];
	const all = given.flatMap(([setting, address, fix]) => (address === undefined ? [] : [{ setting, address, fix }]));
	return all.filter(({ address }, at) => all.findIndex((one) => one.address === address) === at);
}

const hostOf = (address: string): string => canonicalHost(address.replace(/:\d+$/, "")) ?? "";

async function declaredHosts(root: string): Promise<((host: string) => boolean)[]> {
	try {
		const { allowed } = parsePerimeter(await readPerimeter(root));
		return allowed.filter(({ why }) => DECLARED.test(why)).flatMap(({ address }) => hostMatcher(address) ?? []);
	} catch (error) {
		if (hasCode(error, "perimeter_missing")) return [];
		throw error;
	}
}

async function leadsOutside(host: string): Promise<boolean> {
	if (host === "" || isOwnMachine(host) || INSIDE_NAME.test(host)) return false;
	const addresses = isIP(host) === 0 ? await resolved(host) : [host];
	return addresses.some((one) => !isOwnMachine(one) && !INSIDE.check(one, isIP(one) === 6 ? "ipv6" : "ipv4"));
}

async function resolved(name: string): Promise<string[]> {
	const late = new Promise<[]>((resolve) => setTimeout(resolve, LOOKUP_MS, []).unref());
	const found = lookup(name, { all: true }).catch(() => []);
	return (await Promise.race([found, late])).map(({ address }) => canonicalHost(address) ?? address);
}
