import { BlockList, isIP, SocketAddress } from "node:net";
import { z } from "zod";

/** A range of addresses; `prefix` in bits. */
export interface Range {
	address: string;
	prefix: number;
	family: "ipv4" | "ipv6";
}

/** Reads `10.0.0.0/8`, `fd00::/8` or one address; undefined for anything else. */
export function parseRange(text: string): Range | undefined {
	const [address = "", bits, ...rest] = text.trim().split("/");
	const version = isIP(address);
	if (version === 0 || rest.length > 0 || address.includes("%")) return undefined;
	const most = version === 4 ? 32 : 128;
	const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
	if (!(prefix <= most)) return undefined;
	return { address, prefix, family: version === 4 ? "ipv4" : "ipv6" };
}

/** Ranges by commas. */
export const rangesSchema = z.string().transform((text, context): Range[] => {
	const ranges = text.split(",").flatMap((part) => (part.trim() === "" ? [] : [parseRange(part)]));
	if (ranges.every((range) => range !== undefined)) return ranges;
	context.addIssue({ code: "custom", message: "addresses or ranges as 10.1.2.0/24, by commas" });
	return z.NEVER;
});

/** Special-purpose addresses, by IANA's registries (RFC 6890): no public server has one. */
const SPECIAL: readonly [name: string, ...ranges: string[]][] = [
	["loopback", "127.0.0.0/8", "::1/128"],
	["link-local, metadata servers", "169.254.0.0/16", "fe80::/10"],
	["private", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"],
	["carrier NAT", "100.64.0.0/10"],
	["multicast or broadcast", "224.0.0.0/4", "240.0.0.0/4", "ff00::/8"],
	["this host", "0.0.0.0/8", "::/128"],
	["IPv4 inside IPv6", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"],
	["reserved", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24"],
	["reserved", "203.0.113.0/24", "100::/64", "2001:2::/48", "2001:db8::/32", "3fff::/20", "5f00::/16"],
];

/** Of each family its own: Node finds an IPv4 address in a short prefix of IPv6. */
function listOf(ranges: readonly Range[]): (address: string) => boolean {
	const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
	for (const { address, prefix, family } of ranges) lists[family].addSubnet(address, prefix, family);
	return (address) => (isIP(address) === 4 ? lists.ipv4.check(address, "ipv4") : lists.ipv6.check(address, "ipv6"));
}

const FORBIDDEN = SPECIAL.map(([name, ...ranges]) => ({ name, holds: listOf(ranges.map((one) => parseRange(one)!)) }));
const isGlobal = listOf([parseRange("2000::/3")!]);

/**
 * Why no connection may be made to an address; undefined where it may. An address is what a name was resolved to, in any
 * notation; one that is mapped into IPv6 counts as the IPv4 address that it is.
 */
export function refusalOf(allowed: readonly Range[]): (address: string) => string | undefined {
	const isAllowed = listOf(allowed);
	return (given) => {
		const address = plain(given);
		if (address === undefined) return "not an address";
		if (isAllowed(address)) return undefined;
		const found = FORBIDDEN.find(({ holds }) => holds(address))?.name;
		return found ?? (isIP(address) === 6 && !isGlobal(address) ? "reserved" : undefined);
	};
}

/** Without a zone, in the canonical form, and `::ffff:a.b.c.d` as `a.b.c.d`. */
function plain(given: string): string | undefined {
	const version = isIP(given);
	if (version === 4) return given;
	if (version === 0) return undefined;
	const { address } = new SocketAddress({ address: given.replace(/%.*$/, ""), family: "ipv6" });
	const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
	return mapped ?? address;
}
