import { beforeEach, expect, it } from "vitest";
import { volumeLease } from "../../../src/instances/docker/lease.ts";
import type { ContainerHost } from "../../../src/instances/docker/container-host.ts";
import type { HeldLease } from "../../../src/instances/lease.ts";
import { claimOf } from "../../../src/state/claim.ts";
import { containerHost } from "../../support/fake-container-host.ts";
import { FakeDaemon } from "../../support/fake-daemon.ts";
import { virtualClock } from "../../support/virtual-clock.ts";

const clock = virtualClock();
let daemon: FakeDaemon;
beforeEach(() => {
	daemon = new FakeDaemon(clock, new Set());
});

const leaseOf = (host: ContainerHost = containerHost(daemon)) =>
	volumeLease({ name: "cpu-1", config: { project: "shop" } as never, host: async () => host });
const claim = (owner = "ann@pc") => ({ ...claimOf("deploy", clock), owner });

/** The names of the calls, in order. */
function counting(host: ContainerHost): { host: ContainerHost; calls: string[] } {
	const calls: string[] = [];
	const counted = Object.entries(host).map(([name, call]) => [
		name,
		typeof call === "function" ? (...args: unknown[]) => (calls.push(name), (call as Function)(...args)) : call,
	]);
	return { host: Object.fromEntries(counted) as ContainerHost, calls };
}

it("is taken by whoever has looked at it with two calls that are waited for, each of them a way to the instance", async () => {
	await (await leaseOf().take(claim())).release();
	const { host, calls } = counting(containerHost(daemon));
	const lease = leaseOf(host);
	await lease.holder();
	calls.length = 0;
	await lease.take(claim());
	expect(calls).toEqual(["createVolume", "volumes", "removeVolume"]); // the last one tidies up
});

/** Another one that came between the first look of a lease and its `take`. */
async function cameBetween(then: (held: HeldLease) => Promise<void>) {
	const lease = leaseOf();
	await lease.holder();
	const between = await leaseOf().take(claim("ben@laptop"));
	await then(between);
	return { lease, between };
}

it.each([
	["holds it", async () => {}],
	["has renewed it", (held: HeldLease) => held.renew()],
])("is refused to who finds that somebody came after the first look and %s", async (_what, then) => {
	const { lease } = await cameBetween(then);
	await expect(lease.take(claim())).rejects.toMatchObject({ code: "lease_held" });
	expect(daemon.volumes.size).toBe(1);
});

it("has a token above that of who came after the first look and has given it back", async () => {
	const { lease, between } = await cameBetween((held) => held.release());
	expect((await lease.take(claim())).token).toBeGreaterThan(between.token);
	await expect.poll(() => daemon.volumes.size).toBe(1);
});
