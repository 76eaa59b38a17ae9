import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";
import { isLoopback } from "../system/hosts.ts";

/** Something that a program may connect to. */
export interface Address {
	/** In one form only: lower case, IPv6 shortened and without brackets, IPv4 dotted. */
	host: string;
	/** Null where none is given and the scheme has none. */
	port: number | null;
}

const NAME = /^(?!.*\.\d+$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;

/** `host:port`, an IPv6 host in brackets. */
export const formatAddress = ({ host, port }: Address): string => {
	if (port === null) return host;
	return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
};

/** The one form of a host; undefined for what is neither an address nor a name. */
export function canonicalHost(text: string): string | undefined {
	const bare = text
		.trim()
		.replace(/^\[(.*)\]$/, "$1")
		.replace(/%[\w.-]+$/, "")
		.replace(/\.$/, "")
		.toLowerCase();
	if (isIPv6(bare)) return unmapped(new URL(`http://[${bare}]`).hostname.slice(1, -1));
	if (isIPv4(bare)) return bare;
	return NAME.test(bare) && /[a-z]/.test(bare) ? bare : undefined;
}

/** `::ffff:c0a8:105` is 192.168.1.5. */
function unmapped(ipv6: string): string {
	const match = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(ipv6);
	if (!match) return ipv6;
	const [high, low] = [Number.parseInt(match[1]!, 16), Number.parseInt(match[2]!, 16)];
	return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** Whether a canonical host is meant; undefined for a text that is no address, range (`10.0.0.0/8`), name or `*.name`. */
export function hostMatcher(pattern: string): ((host: string) => boolean) | undefined {
	const [net, bits] = pattern.split("/");
	const family = isIP(net!);
	if (bits !== undefined) {
		const length = /^\d{1,3}$/.test(bits) ? Number(bits) : Infinity;
		if (family === 0 || length > (family === 4 ? 32 : 128)) return undefined;
		const range = new BlockList();
		range.addSubnet(net!, length, family === 4 ? "ipv4" : "ipv6");
		return (host) => isIP(host) === family && range.check(host, family === 4 ? "ipv4" : "ipv6");
	}
	const wild = /^\*\.(.+)$/.exec(pattern)?.[1];
	const wanted = canonicalHost(wild ?? pattern);
	if (wanted === undefined || (wild !== undefined && isIP(wanted) !== 0)) return undefined;
	return wild === undefined ? (host) => host === wanted : (host) => host.endsWith(`.${wanted}`);
}

/** The machine itself: 127.0.0.0/8, ::1, localhost, and the wildcards that a program binds to. */
export const isOwnMachine = (host: string): boolean =>
	isLoopback(host) || ["0.0.0.0", "::"].includes(host) || host.endsWith(".localhost");
