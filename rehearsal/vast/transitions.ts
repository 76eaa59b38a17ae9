import type { Step, Host } from "./step.ts";
import { DaemonError } from "./backing.ts";
import type { ContractState, ResolvedImage } from "./contract-state.ts";
import { specOf } from "./generation-spec.ts";
import { deniedText, diskFullText, missingText, ociFailureText, outbidText, successText } from "./messages.ts";
import { FAULT_MS, GIVES_UP_MS } from "./timings.ts";

/** Destroys the container and makes a new one from what is configured. */
export async function recycle(host: Host, step: Step): Promise<void> {
	const { contract, timings } = step;
	const before = contract.container;
	await step.rest(step.happens("old-ports") ? FAULT_MS.oldPorts : timings.acceptedMs);
	contract.actual = "recycling";
	await clear(host, contract, false);
	const old = before?.ports["22/tcp"];
	if (old !== undefined && step.happens("other-tenant")) {
		host.ports.keep(old);
		await host.tenants.moveIn(old, contract.id + 1);
	}
	await step.rest(timings.recyclingMs);
	await load(host, step, before?.image);
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
export async function load(host: Host, step: Step, before: ResolvedImage | undefined): Promise<void> {
	const { contract } = step;
	contract.actual = "loading";
	if (await isInterrupted(step)) return;
	try {
		await attempt(host, step, before);
	} catch (error) {
		if (!(error instanceof DaemonError)) throw error;
		step.say(error.message);
		await step.rest(GIVES_UP_MS);
		contract.intended = "stopped"; // `actual` stays loading
	}
}

/** Pulls, makes, starts. @throws DaemonError */
export async function attempt(host: Host, step: Step, before: ResolvedImage | undefined): Promise<void> {
	const image = await obtain(host, step, before);
	await step.rest(step.timings.loadingMs);
	await run(host, step, image);
}

/** What the market and the host do to a contract that loads; true when it goes no further. */
async function isInterrupted(step: Step): Promise<boolean> {
	const { contract } = step;
	if (step.happens("offline-in-roll")) {
		contract.actual = "offline";
		await step.rest(FAULT_MS.outage);
		contract.actual = "loading";
	}
	if (step.happens("outbid")) {
		Object.assign(contract, { actual: "stopped", cur: "scheduling", next: "scheduling" });
		step.say(outbidText);
		return true;
	}
	if (!step.happens("intended-stopped")) return false;
	Object.assign(contract, { intended: "stopped", next: "stopped" });
	return true;
}

/** The image to run: a tag that the machine holds is not asked for again. @throws DaemonError */
async function obtain(host: Host, step: Step, before: ResolvedImage | undefined): Promise<ResolvedImage> {
	const { cache, backing } = host;
	const { machineId, configured } = step.contract;
	const { image: reference, login } = configured;
	if (step.happens("bad-tag")) throw new DaemonError(missingText(reference));
	if (step.happens("bad-login")) throw new DaemonError(deniedText(reference));
	if (step.happens("disk-full")) throw new DaemonError(diskFullText);
	if (before && step.happens("stale-recycle")) return before;
	const key = `${machineId} ${reference}`;
	const cached = cache.get(key);
	if (cached && (await backing.holds(cached))) return cached;
	const pulled = await backing.pull(reference, login, (line) => step.say(line));
	cache.set(key, pulled);
	return pulled;
}

async function run(host: Host, step: Step, image: ResolvedImage): Promise<void> {
	const { contract } = step;
	if (step.happens("oci-failure")) {
		contract.actual = "created";
		return step.say(ociFailureText);
	}
	const held: number[] = [];
	host.held.set(contract.id, held);
	const takePort = async () => {
		const port = await host.ports.take();
		held.push(port);
		return port;
	};
	const spec = await specOf({ ...step, image, account: host.account, takePort });
	const { number, ports, proxyTarget } = spec;
	const made = await host.backing.create(spec);
	step.signal.throwIfAborted(); // whoever replaced this step removes the container
	contract.generations = number;
	contract.container = { number, image, ...made, ports, proxyTarget, startedAt: host.clock.now() };
	leadProxy(host, step, proxyTarget);
	Object.assign(contract, { actual: "running", cur: "running", next: "running" });
	step.say(successText(contract.configured.image, contract.configured.runtype));
	if (step.happens("flap")) await flap(step);
}

function leadProxy(host: Host, step: Step, target: number | undefined): void {
	const lead = () => host.proxyOf(step.contract.id)?.point(target);
	if (step.happens("proxy-stale")) void step.rest(FAULT_MS.proxyStale).then(lead, () => {});
	else lead();
}

async function flap(step: Step): Promise<void> {
	for (const actual of ["loading", "running"]) {
		await step.rest(FAULT_MS.flap);
		step.contract.actual = actual;
	}
}

/** The GPU is free for others from now on. */
export async function stop({ backing }: Host, { contract, timings, rest }: Step): Promise<void> {
	await rest(timings.haltMs);
	await backing.stop(contract.id);
	Object.assign(contract, { actual: "stopped", cur: "stopped" });
}

/** The old container; one that has none gets one. A stopped contract has given its GPU away and may wait for ever. */
export async function start(host: Host, step: Step): Promise<void> {
	const { contract, timings, rest } = step;
	if (step.happens("start-stuck")) return void (contract.cur = "scheduling");
	if (contract.container === null) {
		await clear(host, contract, false); // one that was begun and given up may still lie there
		return load(host, step, undefined);
	}
	contract.actual = "loading";
	await rest(timings.haltMs);
	await host.backing.start(contract.id);
	Object.assign(contract, { actual: "running", cur: "running" });
}

/** The same container again: no pull. */
export async function reboot(host: Host, step: Step): Promise<void> {
	step.contract.actual = "rebooting";
	await step.rest(step.timings.haltMs);
	await host.backing.stop(step.contract.id);
	await host.backing.start(step.contract.id);
	step.contract.actual = "running";
}
