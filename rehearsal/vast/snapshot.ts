import type { Host } from "./step.ts";
import type { ContractState, OfferState, ResolvedImage, Account } from "./contract-state.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Proxy } from "./proxy.ts";

/** All that must be kept for the contracts to be found again by another process. */
export interface Snapshot {
	contracts: ContractState[];
	offers: OfferState[];
	account: Account;
	cache: [string, ResolvedImage][];
	held: [number, number[]][];
	next: Numbers;
}

/** Numbers that are given out in turn. */
interface Numbers {
	contract: number;
	key: number;
	offer: number;
}

/** What a simulator holds. */
export interface Holdings {
	host: Host;
	contracts: Map<number, ContractState>;
	offers: Map<number, OfferState>;
	proxies: Map<number, Proxy>;
	next: Numbers;
}

/** What there is now, as plain data. */
export const snapshotOf = ({ host, contracts, offers, next }: Holdings): Snapshot => ({
	contracts: [...contracts.values()],
	offers: [...offers.values()],
	account: host.account,
	cache: [...host.cache],
	held: [...host.held],
	next,
});

/** Takes contracts over whose containers are still there; the others are made again. */
export async function restore(
	{ host, contracts, offers, proxies, next }: Holdings,
	snapshot: Snapshot,
	lifecycle: Lifecycle,
	openProxy: (port: number) => Promise<Proxy>,
): Promise<void> {
	Object.assign(next, snapshot.next);
	Object.assign(host.account, snapshot.account);
	for (const offer of snapshot.offers) offers.set(offer.id, offer);
	for (const [key, image] of snapshot.cache) host.cache.set(key, image);
	for (const [id, ports] of snapshot.held) {
		host.held.set(id, ports);
		for (const port of ports) host.ports.keep(port);
	}
	for (const contract of snapshot.contracts) {
		contracts.set(contract.id, contract);
		const proxy = await openProxy(contract.proxy.port);
		proxies.set(contract.id, proxy);
		if (contract.intended === "stopped") continue;
		const there = contract.actual === "running" && (await host.backing.start(contract.id));
		if (there) proxy.point(contract.container?.proxyTarget);
		else void lifecycle.recycle(contract);
	}
}
