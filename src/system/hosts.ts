import { isIPv6 } from "node:net";

const NAME = "[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?";
const IPV6 = "[0-9A-Fa-f]*:[0-9A-Fa-f:.]+";
const ZONE = "(?:%[A-Za-z0-9_.-]+)?";

/** A name or an address to connect to; IPv6 with or without brackets, with or without a zone. Never a flag of ssh. */
export const HOST = new RegExp(`^(?:${NAME}|${IPV6}${ZONE}|\\[${IPV6}${ZONE}\\])$`);

/** A login name, of a directory service too: `ops`, `ops@example.com`, `CORP\ops`. Never a flag of ssh, no end of a quote. */
export const USER = /^(?:[A-Za-z0-9][A-Za-z0-9.-]{0,63}\\)?[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}\$?$/;

/** True for a DNS name or an address, without port. */
export const isHost = (text: string): boolean => HOST.test(text) && isAddressOrName(text);

/** False for what has colons and is no IPv6 address (RFC 4291), a zone aside. */
export const isAddressOrName = (host: string): boolean =>
	!host.includes(":") || isIPv6(bareHost(host).replace(/%.*$/, ""));

/** Without the brackets of an IPv6 address, as sockets and ssh take it. */
export const bareHost = (host: string): string => host.replace(/^\[(.*)\]$/, "$1");

/** `host:port`, an IPv6 host in brackets. */
export const hostAndPort = (host: string, port: number): string => `${isIPv6(host) ? `[${host}]` : host}:${port}`;

/** The parts of `host:port`, the host without brackets. */
export function splitHostAndPort(address: string): { host: string; port: number } {
	const colon = address.lastIndexOf(":");
	return { host: bareHost(address.slice(0, colon)), port: Number(address.slice(colon + 1)) };
}

/** This machine, as a host is written in a URL or an address: 127.0.0.0/8, ::1 with or without brackets, localhost. */
export const isLoopback = (host: string): boolean => /^(127(\.\d{1,3}){3}|\[?::1\]?|localhost)$/i.test(host);
