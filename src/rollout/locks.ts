import type { Instance } from "../instances/instance.ts";
import type { Claim } from "../state/claim.ts";
import { breakLocalLease, localLeaseHolder } from "../state/leases.ts";
import type { Clock } from "../system/clock.ts";
import { seconds } from "../system/text.ts";

/** Who holds a lease. */
interface ShownHolder {
	/** `user@host` */
	owner: string;
	pid: number;
	purpose: string;
	/** RFC 3339. */
	since: string;
	/** Fencing token. */
	token: number;
}

/** What `cres lock show` and `cres lock break` return under --json; null where nobody holds it, or held it. */
export interface Locks {
	instance: string;
	/** In the state directory of this configuration. */
	here: ShownHolder | null;
	/** As the instance itself has it, for every control host. */
	onInstance: ShownHolder | null;
}

interface LockPorts {
	instance: Instance;
	config: { state: string };
	clock: Clock;
}

/** Who may change the instance now. @throws UserError when the instance does not answer */
export async function showLocks({ instance, config, clock }: LockPorts): Promise<Locks> {
	const [here, onInstance] = await Promise.all([
		localLeaseHolder(config.state, instance.name, clock),
		instance.lease.holder(),
	]);
	return { instance: instance.name, here: shown(here), onInstance: shown(onInstance) };
}

/** Takes both leases away; returns who held them. */
export async function breakLocks({ instance, config }: LockPorts): Promise<Locks> {
	const onInstance = await instance.lease.break();
	const here = await breakLocalLease(config.state, instance.name);
	return { instance: instance.name, here: shown(here), onInstance: shown(onInstance) };
}

const shown = (holder: (Claim & { token: number }) | undefined): ShownHolder | null =>
	holder
		? {
				...{ owner: holder.owner, pid: holder.pid, purpose: holder.purpose, token: holder.token },
				since: new Date(holder.since).toISOString(),
			}
		: null;

/** @param now milliseconds since the epoch */
export function renderLocks({ instance, here, onInstance }: Locks, now: number): string {
	if (!here && !onInstance) return `${instance} is not locked`;
	const line = (where: string, { owner, pid, purpose, since, token }: ShownHolder): string =>
		`${instance} is locked ${where} by ${owner} (pid ${pid}) for ${seconds(Math.max(0, now - Date.parse(since)))}: ${purpose} (token ${token})`;
	return [
		...(onInstance ? [line("on the instance", onInstance)] : []),
		...(here ? [line("on this machine", here)] : []),
		`  → wait, or if that process is gone for good: cres lock break ${instance}`,
	].join("\n");
}

/** Who held it, and what to type next. */
export function renderBroken({ instance, here, onInstance }: Locks): string {
	const holder = onInstance ?? here;
	if (!holder) return `${instance} is not locked any more`;
	return `${instance} is free; ${holder.owner} held it: ${holder.purpose}\n  → cres status, then cres deploy ${instance}`;
}
