import { isIP } from "node:net";
import { canonicalHost, type Address } from "./address.ts";

/** Names whose value is an address, whatever it looks like. */
const NAMED = /(^|_)(ADDR|ADDRESS|ENDPOINT|HOST|HOSTNAME|URL|URI|ORIGIN|SERVER|BROKER|PROXY|DSN)S?$/i;
const URLS = /\b([a-z][a-z0-9+.-]{0,30}):\/\/(?:[^\s/"']*@)?(\[[^\]\s]+\]|[^\s/:?#,;"'@[\]]+)(?::(\d{1,5}))?/gi;
const LITERAL = /(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3}|localhost)(?::(\d{1,5}))?(?![\w.])/gi;
const STANDARD: Readonly<Record<string, number>> = { http: 80, ws: 80, https: 443, wss: 443 };
/** Schemes that name a thing, not a host. */
const NAMELESS = new Set(["s3", "gs"]);

/**
 * The addresses in the value of an environment name: URLs, host:port and literal addresses wherever they stand; other
 * names only where the environment name says that it holds an address, or where `known` knows them and a port follows.
 */
export function addressesIn(name: string, value: string, known: (host: string) => boolean): Address[] {
	const found: Address[] = [];
	const add = (host: string | undefined, port: number | null): void => {
		if (host !== undefined && !found.some((one) => one.host === host && one.port === port)) found.push({ host, port });
	};
	const rest = decoded(value).replaceAll(URLS, (_all, scheme: string, host: string, port?: string) => {
		const lower = scheme.toLowerCase();
		if (!NAMELESS.has(lower)) add(numericHost(host) ?? canonicalHost(host), portOf(port) ?? STANDARD[lower] ?? null);
		return " ";
	});
	for (const token of rest.split(/[\s,;"'`(){}<>|=&?]+/)) {
		const one = addressIn(token.replace(/^[^@/]*@/, ""), NAMED.test(name), known);
		if (one) add(one.host, one.port);
		else for (const [, host, port] of token.matchAll(LITERAL)) add(canonicalHost(host!), portOf(port));
	}
	return found;
}

function addressIn(token: string, named: boolean, known: (host: string) => boolean): Address | undefined {
	if (isIP(token) === 6) return { host: canonicalHost(token)!, port: null };
	const match = /^(\[[^\]]+\]|[^:/[\]]+)(?::(\d{1,5}))?(?:\/.*)?$/.exec(token);
	const host = match ? canonicalHost(match[1]!) : undefined;
	if (host === undefined) return undefined;
	const port = portOf(match?.[2]);
	const sure = isIP(host) !== 0 || host === "localhost";
	return sure || isMeant({ host, port }, named, known) ? { host, port } : undefined;
}

/** Whether a name is one of a host: `cpu`, `model.gguf` and `worker:4` are none. */
function isMeant({ host, port }: Address, named: boolean, known: (host: string) => boolean): boolean {
	if (host.includes(".")) return named || port !== null;
	return port === null ? named && known(host) : named || known(host);
}

/** The dotted form of `2130706433`, `0x7f.1` and `127.1`, which URLs take for IPv4. */
const numericHost = (text: string): string | undefined =>
	/^(0x[0-9a-f]+|\d+)(\.(0x[0-9a-f]+|\d+)){0,3}$/i.test(text) ? URL.parse(`http://${text}`)?.hostname : undefined;

const portOf = (text: string | undefined): number | null => (text === undefined ? null : Number(text));

/** Percent-encoded addresses are addresses too. */
function decoded(value: string): string {
	try {
		return decodeURIComponent(value);
	} catch {
		return value;
	}
}
