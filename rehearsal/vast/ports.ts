import { createServer } from "node:net";

/** A port that a contract's configuration asks for. */
export interface PortWish {
	/** Inside the container. Above 70000 it stands for "the same number as outside". */
	port: number;
	protocol: "tcp" | "udp";
}

const FLAG = /^-p\s*(?<outside>\d+):(?<inside>\d+)(?:\/(?<protocol>tcp|udp))?$/;
/** From here on Vast maps the port to itself and tells the number by the environment. */
const IDENTITY_FROM = 70_000;

/** The ports that `-p outside:inside` flags among the names ask for; the outside number is not honoured. */
export const portWishes = (env: Readonly<Record<string, string>>): PortWish[] =>
	Object.keys(env).flatMap((name) => {
		const groups = FLAG.exec(name.trim())?.groups;
		if (!groups) return [];
		return [{ port: Number(groups["inside"]), protocol: groups["protocol"] === "udp" ? "udp" : "tcp" } as const];
	});

/** Environment of a configuration without the flags that are no variables. */
export const variables = (env: Readonly<Record<string, string>>): Record<string, string> =>
	Object.fromEntries(Object.entries(env).filter(([name]) => /^[A-Za-z_]\w*$/.test(name)));

/** True for a port that is mapped to one of the same number. */
export const isIdentity = (port: number): boolean => port >= IDENTITY_FROM;

/** Ports of one machine's loopback. */
export interface PortAllocator {
	/** One that nobody listens on; as far from the last ones as the range allows. */
	take(): Promise<number>;
	release(port: number): void;
	/** Marks one as taken that an earlier process took. */
	keep(port: number): void;
}

/** Hands out the ports of `range` in turn; without a range those that the kernel hands out. */
export function createPortAllocator(range?: { from: number; to: number }): PortAllocator {
	const taken = new Set<number>();
	let last = range ? range.from - 1 : 0;
	const next = (): number => (last = !range ? 0 : last >= range.to ? range.from : last + 1);
	const tryOne = async (tries: number): Promise<number> => {
		if (range && tries > range.to - range.from) throw new Error(`no free port from ${range.from} to ${range.to}`);
		const wanted = next();
		const port = range && taken.has(wanted) ? undefined : await bindable(wanted);
		if (port === undefined || taken.has(port)) return tryOne(tries + 1);
		taken.add(port);
		return port;
	};
	return {
		take: () => tryOne(0),
		release: (port) => void taken.delete(port),
		keep: (port) => void taken.add(port),
	};
}

/** The port when it can be listened on now, undefined when it is in use; 0 asks the kernel for one. */
const bindable = (port: number): Promise<number | undefined> =>
	new Promise((resolve) => {
		const server = createServer();
		server.once("error", () => resolve(undefined));
		server.listen(port, "127.0.0.1", () => {
			const { port: bound } = server.address() as { port: number };
			server.close(() => resolve(bound));
		});
	});
