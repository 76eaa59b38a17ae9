import { bareHost, hostAndPort, isHost } from "../system/hosts.ts";

/** Where an sshd answers or answered. */
export interface Address {
	host: string;
	port: number;
}

/** Whether two addresses lead to the same place. */
export const sameAddress = (a: Address, b: Address): boolean => a.port === b.port && sameHost(a.host, b.host);

/** Names of hosts have no case. */
export const sameHost = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** `host:port` */
export const textOf = ({ host, port }: Address): string => hostAndPort(host, port);

/** The address that two texts give; undefined when they give none. */
export function addressFrom(host: string | undefined, port: string | undefined): Address | undefined {
	const number = /^\d{1,5}$/.test(port ?? "") ? Number(port) : 0;
	if (!host || !isHost(host) || number < 1 || number > 65_535) return undefined;
	return { host: bareHost(host), port: number };
}

/** Each address once, in the order of their first appearance. */
export const distinct = (addresses: readonly Address[]): Address[] =>
	addresses.filter((one, at) => addresses.findIndex((other) => sameAddress(one, other)) === at);
