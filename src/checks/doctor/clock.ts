import { resolve } from "node:path";
import { seconds } from "../../system/text.ts";
import { fail, ok, warn, type Check, type Verdict } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";

/** S3 and registries refuse signatures and tokens of a clock that is minutes off; well before that something is wrong. */
const TOLERATED_MS = 30_000;
const FIX = "set this machine's clock: timedatectl set-ntp true (Windows: w32tm /resync)";

/** Whether this machine's clock agrees with the registry's. */
export const clockChecks = (ports: Pick<DoctorPorts, "config" | "clock" | "serverTime">): Check[] => [
	{ name: "clock", fix: FIX, run: () => compare(ports) },
];

async function compare({ config, clock, serverTime }: Pick<DoctorPorts, "config" | "clock" | "serverTime">) {
	const { push } = config.registry;
	const { endpoint, secure, ca } = config.store;
	const file = (path: string | undefined) => (path === undefined ? undefined : resolve(config.root, path));
	const origin = (tls: boolean, host: string) => new URL(`${tls ? "https" : "http"}://${host}/`);
	const servers = [
		{ name: push.address, url: new URL("/v2/", origin(push.tls, push.address)), ca: file(push.ca) },
		{ name: endpoint, url: origin(secure, endpoint), ca: file(ca) },
	];
	const offsets = servers.map(async ({ name, url, ca: caFile }) => {
		const asked = clock.now();
		const told = await serverTime(url, caFile);
		if (told === undefined) throw new Error(`${name} sends no time`);
		return { name, offsetMs: (asked + clock.now()) / 2 - told };
	});
	const first = await Promise.any(offsets).catch(() => undefined);
	if (first) return skewVerdict(first.name, first.offsetMs);
	return warn(
		"neither the registry nor the store sends the time",
		"make one of them answer, then run cres doctor again",
	);
}

/** `offsetMs`: this clock minus the server's. */
function skewVerdict(server: string, offsetMs: number): Verdict {
	const size = Math.abs(offsetMs);
	if (size <= TOLERATED_MS) return ok(`within ${seconds(Math.max(1_000, size))} of ${server}`);
	return fail(`${seconds(size)} ${offsetMs > 0 ? "ahead of" : "behind"} ${server}`, FIX);
}
