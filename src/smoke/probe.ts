import { z } from "zod";
import { redact } from "../secrets/secret.ts";
import { hostAndPort } from "../system/hosts.ts";

/** What must be reachable from inside the network of a smoke test. */
export interface Target {
	name: string;
	host: string;
	port: number;
	/** Server name, CA (PEM; absent: the public ones) and protocol (RFC 7301; absent: h2) of a server that speaks TLS. */
	tls?: { serverName: string; ca?: string | undefined; protocol?: string } | undefined;
}

/** Characters that the script sends, and that are told of them. The script knows no secret, so it must not cut one in two. */
const [SENT, DETAIL] = [20_000, 500];

const reachedSchema = z.array(
	z.object({
		name: z.string(),
		ok: z.boolean(),
		/** The address that answered, or why none did. */
		detail: z
			.string()
			.max(SENT)
			.transform((text) => redact(text).slice(0, DETAIL)),
		ms: z.number(),
	}),
);
export type Reached = z.infer<typeof reachedSchema>[number];

/**
 * Runs in the image's own Node, in a container on that network: resolves each target, connects, and makes the handshake
 * of TLS, again and again until all answer or the time is over. Prints one line of JSON.
 */
const SCRIPT = `
const { env } = process, [targets, limit] = JSON.parse(env.CRES_PROBE);
const { lookup } = process.getBuiltinModule("node:dns/promises"), net = process.getBuiltinModule("node:net"), tls = process.getBuiltinModule("node:tls");
const started = performance.now(), left = () => limit - (performance.now() - started);
const connect = (address, { host, port, tls: way }) => new Promise((resolve, reject) => {
	const to = { host: address, port, timeout: Math.min(3000, Math.max(1, left())) };
	const name = way && net.isIP(way.serverName) ? {} : { servername: way && way.serverName };
	const check = way && { checkServerIdentity: (_, cert) => tls.checkServerIdentity(way.serverName, cert) };
	const socket = way ? tls.connect({ ...to, ...name, ...check, ca: way.ca, ALPNProtocols: [way.protocol || "h2"] }) : net.connect(to);
	const end = (what, value) => { socket.destroy(); what(value); };
	socket.once(way ? "secureConnect" : "connect", () => end(resolve));
	socket.once("error", (error) => end(reject, error));
	socket.once("timeout", () => end(reject, new Error("no answer in " + to.timeout / 1000 + " s")));
});
const once = async (target) => {
	if (!target.host) throw new Error("it has no address");
	const found = await lookup(target.host, { all: true });
	if (found.length === 0) throw new Error(target.host + " has no address");
	let last;
	for (const { address } of found) {
		try { await connect(address, target); return address; } catch (error) { last = error; }
	}
	throw new Error(found.map(({ address }) => address).join(", ") + ": " + (last.message || last.code));
};
const until = async (target) => {
	for (;;) {
		try { return { ok: true, detail: await once(target) }; } catch (error) {
			if (left() < 300) return { ok: false, detail: String(error.message || error.code).slice(0, ${SENT}) };
			await new Promise((go) => setTimeout(go, 200));
		}
	}
};
Promise.all(targets.map(async (target) => ({ name: target.name, ...(await until(target)), ms: Math.round(performance.now() - started) })))
	.then((all) => process.stdout.write(JSON.stringify(all) + "\\n"));
`;

/** Arguments of `node`. */
export const PROBE_ARGUMENTS: readonly string[] = ["-e", SCRIPT];

/** What the script reads; it holds no secret. */
export const probeEnvironment = (targets: readonly Target[], limitMs: number): Record<string, string> => ({
	CRES_PROBE: JSON.stringify([targets, limitMs]),
});

/** Reads the line that the script printed; undefined when it printed none. */
export function parseProbe(lines: readonly string[]): Reached[] | undefined {
	for (const line of lines.toReversed()) {
		try {
			return reachedSchema.parse(JSON.parse(line));
		} catch {} // what Node says besides
	}
	return undefined;
}

/** `temporal at 172.19.0.3:7233 after 40 ms`, or why not. */
export const describeReached = (targets: readonly Target[], reached: readonly Reached[]): string[] =>
	targets.map(({ name, host, port }) => {
		const found = reached.find((one) => one.name === name);
		const where = `${name} at ${host === "" ? "no address" : hostAndPort(host, port)}`;
		if (!found) return `${where}: nobody told`;
		return found.ok ? `${where} reached after ${found.ms} ms` : `${where} not reached: ${found.detail}`;
	});
