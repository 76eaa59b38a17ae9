import { UserError } from "../errors/errors.ts";

/** A port of this machine that leads to one of the instance. */
export interface Mapping {
	local: number;
	remote: number;
}

/** llama-server and the compute API. */
const USUAL: readonly Mapping[] = [
	{ local: 8081, remote: 8081 },
	{ local: 8100, remote: 8100 },
];

/** Reads `local:remote` words; without any, the ports of the compute plane. @throws UserError bad_mapping (usage) */
export function mappingsOf(words: readonly string[]): Mapping[] {
	if (words.length === 0) return [...USUAL];
	const mappings = words.map(mappingOf);
	const twice = mappings.find(({ local }, at) => mappings.findIndex((one) => one.local === local) !== at);
	if (twice) throw badMapping(`local port ${twice.local} is given twice`);
	return mappings;
}

function mappingOf(word: string): Mapping {
	const [local, remote] = /^(\d{1,5}):(\d{1,5})$/.exec(word)?.slice(1).map(Number) ?? [];
	const isPort = (port: number | undefined): port is number => port !== undefined && port >= 1 && port <= 65_535;
	if (isPort(local) && isPort(remote)) return { local, remote };
	throw badMapping(`${word} is not a pair of ports`);
}

const badMapping = (message: string) =>
	new UserError("bad_mapping", message, { hint: "give local:remote, such as 18081:8081" });
