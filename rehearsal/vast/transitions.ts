import type { Act, Host } from "./act.ts";
import { DaemonError } from "./backing.ts";
import type { ContractState, ResolvedImage } from "./contract-state.ts";
import { specOf } from "./generation-spec.ts";
import { deniedText, diskFullText, missingText, ociFailureText, outbidText, successText } from "./messages.ts";
import { FAULT_MS, GIVES_UP_MS } from "./timings.ts";

/** Destroys the container and makes it anew from what is configured. */
export async function recycle(host: Host, act: Act): Promise<void> {
	const { contract, timings } = act;
	const before = contract.container;
	await act.rest(act.happens("old-ports") ? FAULT_MS.oldPorts : timings.acceptedMs);
	contract.actual = "recycling";
	await clear(host, contract, false);
	const old = before?.ports["22/tcp"];
	if (old !== undefined && act.happens("other-tenant")) {
		host.ports.keep(old);
		await host.tenants.moveIn(old, contract.id + 1);
	}
	await act.rest(timings.recyclingMs);
	await load(host, act, before?.image);
}

/** Removes the container; nothing leads to it any more. */
export async function clear(host: Host, contract: ContractState, andVolume: boolean): Promise<void> {
	contract.container = null;
	host.proxyOf(contract.id)?.point(undefined);
	await host.backing.destroy(contract.id, andVolume);
	for (const port of host.held.get(contract.id) ?? []) host.ports.release(port);
	host.held.delete(contract.id);
}

/** From nothing to a running container, or to where it fails; `before` is the image that ran last. */
export async function load(host: Host, act: Act, before: ResolvedImage | undefined): Promise<void> {
	const { contract } = act;
	contract.actual = "loading";
	if (await isInterrupted(act)) return;
	try {
		await attempt(host, act, before);
	} catch (error) {
		if (!(error instanceof DaemonError)) throw error;
		act.say(error.message);
		await act.rest(GIVES_UP_MS);
		contract.intended = "stopped"; // `actual` stays loading
	}
}

/** Pulls, makes, starts. @throws DaemonError */
export async function attempt(host: Host, act: Act, before: ResolvedImage | undefined): Promise<void> {
	const image = await obtain(host, act, before);
	await act.rest(act.timings.loadingMs);
	await run(host, act, image);
}

/** What the market and the host do to a contract that loads; true when it goes no further. */
async function isInterrupted(act: Act): Promise<boolean> {
	const { contract } = act;
	if (act.happens("offline-in-roll")) {
		contract.actual = "offline";
		await act.rest(FAULT_MS.outage);
		contract.actual = "loading";
	}
	if (act.happens("outbid")) {
		Object.assign(contract, { actual: "stopped", cur: "scheduling", next: "scheduling" });
		act.say(outbidText);
		return true;
	}
	if (!act.happens("intended-stopped")) return false;
	Object.assign(contract, { intended: "stopped", next: "stopped" });
	return true;
}

/** The image to run: a tag that the machine holds is not asked for again. @throws DaemonError */
async function obtain(host: Host, act: Act, before: ResolvedImage | undefined): Promise<ResolvedImage> {
	const { cache, backing } = host;
	const { machineId, configured } = act.contract;
	const { image: reference, login } = configured;
	if (act.happens("bad-tag")) throw new DaemonError(missingText(reference));
	if (act.happens("bad-login")) throw new DaemonError(deniedText(reference));
	if (act.happens("disk-full")) throw new DaemonError(diskFullText);
	if (before && act.happens("stale-recycle")) return before;
	const key = `${machineId} ${reference}`;
	const cached = cache.get(key);
	if (cached && (await backing.holds(cached))) return cached;
	const pulled = await backing.pull(reference, login, (line) => act.say(line));
	cache.set(key, pulled);
	return pulled;
}

async function run(host: Host, act: Act, image: ResolvedImage): Promise<void> {
	const { contract } = act;
	if (act.happens("oci-failure")) {
		contract.actual = "created";
		return act.say(ociFailureText);
	}
	const held: number[] = [];
	host.held.set(contract.id, held);
	const takePort = async () => {
		const port = await host.ports.take();
		held.push(port);
		return port;
	};
	const spec = await specOf({ ...act, image, account: host.account, takePort });
	const { number, ports, proxyTarget } = spec;
	const made = await host.backing.create(spec);
	act.signal.throwIfAborted(); // whoever replaced this act removes the container
	contract.generations = number;
	contract.container = { number, image, ...made, ports, proxyTarget, startedAt: host.clock.now() };
	leadProxy(host, act, proxyTarget);
	Object.assign(contract, { actual: "running", cur: "running", next: "running" });
	act.say(successText(contract.configured.image, contract.configured.runtype));
	if (act.happens("flap")) await flap(act);
}

function leadProxy(host: Host, act: Act, target: number | undefined): void {
	const lead = () => host.proxyOf(act.contract.id)?.point(target);
	if (act.happens("proxy-stale")) void act.rest(FAULT_MS.proxyStale).then(lead, () => {});
	else lead();
}

async function flap(act: Act): Promise<void> {
	for (const actual of ["loading", "running"]) {
		await act.rest(FAULT_MS.flap);
		act.contract.actual = actual;
	}
}

/** The GPU is free for others from now on. */
export async function stop({ backing }: Host, { contract, timings, rest }: Act): Promise<void> {
	await rest(timings.haltMs);
	await backing.stop(contract.id);
	Object.assign(contract, { actual: "stopped", cur: "stopped" });
}

/** The old container; one that has none gets one. A stopped contract has given its GPU away and may wait for ever. */
export async function start(host: Host, act: Act): Promise<void> {
	const { contract, timings, rest } = act;
	if (act.happens("start-stuck")) return void (contract.cur = "scheduling");
	if (contract.container === null) {
		await clear(host, contract, false); // one that was begun and given up may still lie there
		return load(host, act, undefined);
	}
	contract.actual = "loading";
	await rest(timings.haltMs);
	await host.backing.start(contract.id);
	Object.assign(contract, { actual: "running", cur: "running" });
}

/** The same container again: no pull. */
export async function reboot(host: Host, act: Act): Promise<void> {
	act.contract.actual = "rebooting";
	await act.rest(act.timings.haltMs);
	await host.backing.stop(act.contract.id);
	await host.backing.start(act.contract.id);
	act.contract.actual = "running";
}
