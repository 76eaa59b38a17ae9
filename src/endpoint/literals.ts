import { sameHost, textOf, type Address } from "./address.ts";

/** Ports below this one belong to services, and stand in texts for other reasons. */
const FIRST_MAPPED_PORT = 1024;

/** An earlier endpoint in a text. */
export interface Literal {
	/** Counted from 1. */
	line: number;
	/** `host:port`, a host, or `port 41234`. */
	literal: string;
}

/** How earlier endpoints look in text. */
export interface Literals {
	/** Matches every text that may hold one. */
	needle: RegExp;
	/** One for each line that holds one. */
	find: (text: string) => Literal[];
}

interface Wanted {
	address: Address;
	host: RegExp;
	port: RegExp;
	portSetting: RegExp;
	/** Nobody has this host any more: it is stale wherever it stands. */
	hostIsGone: boolean;
	portIsGone: boolean;
}

/**
 * What counts as a literal of a stale endpoint: its host and its port in one line; its host alone when no endpoint in
 * use has it; its port alone in what looks like a port setting (`-p`, `port:`, `PORT=`) when no endpoint in use has it
 * and the line names no other host.
 * @param present endpoint of the instance; @param others those of all other instances
 */
export function literalsOf(stale: readonly Address[], present: Address, others: readonly Address[]): Literals {
	const inUse = [present, ...others];
	const wanted = stale.map((address): Wanted => {
		const port = String(address.port);
		return {
			address,
			host: hostToken(address.host),
			port: new RegExp(`(?<![\\w.])${port}(?!\\w|\\.\\d)`),
			portSetting: portSetting(port),
			hostIsGone: isTelling(address.host) && !inUse.some(({ host }) => sameHost(host, address.host)),
			portIsGone: address.port >= FIRST_MAPPED_PORT && !inUse.some((one) => one.port === address.port),
		};
	});
	const parts = [...new Set(stale.flatMap(({ host, port }) => [RegExp.escape(host), String(port)]))];
	const needle = parts.length === 0 ? /(?!)/ : new RegExp(parts.join("|"), "i");
	const ours = [present, ...stale].map(({ host }) => host);
	const find = (text: string): Literal[] => {
		if (!needle.test(text)) return [];
		return text.split(/\r\n|\n|\r/).flatMap((line, at) => {
			const literal = needle.test(line) ? literalIn(line, wanted, ours) : undefined;
			return literal === undefined ? [] : [{ line: at + 1, literal }];
		});
	};
	return { needle, find };
}

function literalIn(line: string, wanted: readonly Wanted[], ours: readonly string[]): string | undefined {
	const whole = wanted.find(({ host, port }) => host.test(line) && port.test(line));
	if (whole) return textOf(whole.address);
	const host = wanted.find((one) => one.hostIsGone && one.host.test(line));
	if (host) return host.address.host;
	const port = wanted.find((one) => one.portIsGone && one.portSetting.test(line));
	if (!port || namesOtherHost(line, ours)) return undefined;
	return `port ${port.address.port}`;
}

/** A host as a word of its own: not a part of a longer name or number. */
export const hostToken = (host: string, flags = "i"): RegExp =>
	new RegExp(`(?<![\\w.-])${RegExp.escape(host)}(?![\\w-]|\\.\\w)`, flags);

const portSetting = (port: string): RegExp =>
	new RegExp(
		`(?:(?<![\\w-])-[pP][\\s=]*|(?:(?<![a-zA-Z])port|Port|PORT)(?:(?:s|_\\w+)?["'\`]?\\s*[:=]\\s*|\\s+)["'\`]?)${port}(?!\\w|\\.\\d)`,
	);

const NAME = "(\\w(?:[\\w.-]*\\w)?)";
const HOSTS = new RegExp(
	[
		`@${NAME}`,
		`://(?:[^\\s/@"']*@)?${NAME}`,
		`(?<![\\w.])(\\d{1,3}(?:\\.\\d{1,3}){3})(?![\\w-]|\\.\\w)`,
		`\\bHost(?:Name)?\\s+${NAME}`,
	].join("|"),
	"g",
);

/** A forward to loopback says nothing about where the command goes. */
const namesOtherHost = (line: string, ours: readonly string[]): boolean =>
	[...line.matchAll(HOSTS)].some((match) => {
		const host = match.slice(1).find((one) => one !== undefined)!;
		return !EVERYWHERE.test(host) && !ours.some((one) => sameHost(one, host));
	});

const EVERYWHERE = /^(127\.|0\.0\.0\.0$|::1?$|localhost$)/;

/** Whether a host's name is no ordinary word, and no address that every machine has. */
const isTelling = (host: string): boolean => /[.:]/.test(host) && !EVERYWHERE.test(host);
