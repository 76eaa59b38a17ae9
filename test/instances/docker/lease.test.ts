import { hostname } from "node:os";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { LABEL } from "../../../src/contracts/labels.ts";
import { volumeLease } from "../../../src/instances/docker/lease.ts";
import type { HeldLease } from "../../../src/instances/lease.ts";
import { claimOf, type Claim } from "../../../src/state/claim.ts";
import { containerHost } from "../../support/fake-container-host.ts";
import { FakeDaemon } from "../../support/fake-daemon.ts";
import { virtualClock } from "../../support/virtual-clock.ts";

const TTL_MS = 90_000;
const clock = virtualClock();
let daemon: FakeDaemon;
beforeEach(() => {
	daemon = new FakeDaemon(clock, new Set());
});

const leaseOn = (name = "cpu-1", project = "shop") =>
	volumeLease({ name, config: { project } as never, host: async () => containerHost(daemon) });
const claim = (owner = "ann@pc", change: Partial<Claim> = {}): Claim => ({
	...claimOf("deploy", clock),
	owner,
	...change,
});
const numbers = () => [...daemon.volumes.keys()].map((name) => Number(name.split(".").at(-1)));

describe("the lease of an instance", () => {
	it("stands on its host for everybody to see", async () => {
		await leaseOn().take(claim());
		expect(await leaseOn().holder()).toMatchObject({ owner: "ann@pc", purpose: "deploy", token: 1 });
		const [volume] = daemon.volumes.values();
		expect(volume).toMatchObject({
			name: "cres-lease-shop-cpu-1.1",
			labels: { [LABEL.project]: "shop", [LABEL.instance]: "cpu-1" },
		});
	});

	it("keeps others out, and tells them who has it, for what and how long", async () => {
		await leaseOn().take(claim());
		clock.advance(12_000);
		await expect(leaseOn().take(claim("ben@laptop"))).rejects.toMatchObject({
			code: "lease_held",
			message: `cpu-1 is locked by ann@pc (pid ${process.pid}) for 12.0 s: deploy`,
		});
	});

	it("is free after it was given back, with a higher token", async () => {
		const held = await leaseOn().take(claim());
		await held.release();
		expect(await leaseOn().holder()).toBeUndefined();
		expect((await leaseOn().take(claim("ben@laptop"))).token).toBeGreaterThan(held.token);
	});

	it("leaves one volume, whatever happens to it", async () => {
		for (let round = 0; round < 3; round++) {
			const held = await leaseOn().take(claim());
			await held.renew();
			await held.release();
			expect(daemon.volumes.size).toBe(1);
		}
		expect(numbers()).toEqual([9]);
	});

	it("has a token above that of every container, though its volumes are gone", async () => {
		daemon.create({
			...{ name: "g9", image: "app", env: {}, secrets: {}, memoryMb: undefined, gpu: false },
			labels: { [LABEL.project]: "shop", [LABEL.instance]: "cpu-1", [LABEL.fence]: "301" },
		} as never);
		const held = await leaseOn().take(claim());
		expect([held.token, numbers()]).toEqual([302, [302]]);
		await held.release();
		expect((await leaseOn().take(claim())).token).toBe(304);
	});

	it("is another one for each instance and project", async () => {
		await leaseOn("cpu-1").take(claim());
		await leaseOn("cpu-2").take(claim());
		await leaseOn("cpu-1", "else").take(claim());
		expect(daemon.volumes.size).toBe(3);
	});
});

describe("time", () => {
	it("ends it by the host's clock, not by that of this machine", async () => {
		daemon.aheadMs = -3_600_000;
		await leaseOn().take(claim());
		daemon.aheadMs += TTL_MS - 1_000;
		expect(await leaseOn().holder()).toMatchObject({ owner: "ann@pc" });
		daemon.aheadMs += 1_000;
		expect(await leaseOn().holder()).toBeUndefined();
		expect((await leaseOn().take(claim("ben@laptop"))).token).toBe(2);
	});

	it("begins again with each renewal", async () => {
		const held = await leaseOn().take(claim());
		for (let round = 0; round < 4; round++) {
			daemon.aheadMs += TTL_MS / 2;
			await held.renew();
		}
		expect(await leaseOn().holder()).toMatchObject({ owner: "ann@pc", token: 1 });
	});

	it("counts for nothing when the holder's process of this host is gone", async () => {
		await leaseOn().take(claim("ann@pc", { host: hostname(), pid: 2 ** 22 + 1 }));
		expect(await leaseOn().holder()).toBeUndefined();
		await leaseOn().take(claim("ann@pc", { host: "another-host", pid: 2 ** 22 + 1 }));
		expect(await leaseOn().holder()).toMatchObject({ host: "another-host" });
	});

	it("keeps the lease of another machine that has the name of this one", async () => {
		const there = { host: hostname(), machine: "0123456789abcdef", boot: "another", pid: 2 ** 22 + 1 };
		await leaseOn().take(claim("ann@pc", there));
		expect(await leaseOn().holder()).toMatchObject(there);
		await expect(leaseOn().take(claim("ben@laptop"))).rejects.toMatchObject({ code: "lease_held" });
		daemon.aheadMs += TTL_MS;
		expect((await leaseOn().take(claim("ben@laptop"))).token).toBe(2);
	});
});

describe("a holder", () => {
	const taken = async (): Promise<[HeldLease, HeldLease]> => {
		const ann = await leaseOn().take(claim());
		daemon.aheadMs += TTL_MS;
		return [ann, await leaseOn().take(claim("ben@laptop"))];
	};

	it("whose lease another one has taken over finds out by whom", async () => {
		const [ann, ben] = await taken();
		const lost = { code: "lease_lost", message: expect.stringContaining("to ben@laptop") as string };
		await expect(ann.assertHeld()).rejects.toMatchObject(lost);
		await expect(ann.renew()).rejects.toMatchObject(lost);
		await ann.release();
		await ben.assertHeld();
		expect(await leaseOn().holder()).toMatchObject({ owner: "ben@laptop" });
	});

	it("whose volume is gone has lost it", async () => {
		const held = await leaseOn().take(claim());
		daemon.volumes.clear();
		await expect(held.assertHeld()).rejects.toMatchObject({ code: "lease_lost" });
		await expect(held.renew()).rejects.toMatchObject({ code: "lease_lost" });
		await held.release();
		expect(await leaseOn().holder()).toBeUndefined();
	});

	it("whose renewal got through without its answer still gives it back", async () => {
		const held = await leaseOn().take(claim());
		const [volume] = daemon.volumes.values();
		const name = "cres-lease-shop-cpu-1.2";
		daemon.volumes.clear();
		daemon.volumes.set(name, { ...volume!, name });
		await held.release();
		expect([await leaseOn().holder(), numbers()]).toEqual([undefined, [3]]);
	});

	it("that nobody took over keeps it although its time is over", async () => {
		const held = await leaseOn().take(claim());
		daemon.aheadMs += 10 * TTL_MS;
		await held.assertHeld();
		await held.renew();
		expect(await leaseOn().holder()).toMatchObject({ owner: "ann@pc" });
	});

	it("that another one overtakes while it renews has lost it", async () => {
		const held = await leaseOn().take(claim());
		daemon.at("createVolume", async () => {
			daemon.aheadMs += TTL_MS;
			await leaseOn().take(claim("ben@laptop"));
		});
		await expect(held.renew()).rejects.toMatchObject({
			code: "lease_lost",
			message: expect.stringContaining("ben@laptop") as string,
		});
		expect(await leaseOn().holder()).toMatchObject({ owner: "ben@laptop" });
	});

	it("can be put out", async () => {
		const held = await leaseOn().take(claim());
		expect(await leaseOn().break()).toMatchObject({ owner: "ann@pc", token: held.token });
		await expect(held.assertHeld()).rejects.toMatchObject({ code: "lease_lost" });
		expect(await leaseOn().break()).toBeUndefined();
		expect(numbers()).toEqual([2]);
		expect((await leaseOn().take(claim())).token).toBe(3);
	});
});

describe("a volume", () => {
	const lay = (name: string, label: string, labels: Record<string, string> = {}) => {
		const ours = { [LABEL.project]: "shop", [LABEL.instance]: "cpu-1", [LABEL.lease]: label };
		daemon.volumes.set(name, { name, labels: { ...ours, ...labels }, createdAt: clock.now() });
	};
	const holder = JSON.stringify({ ...claim("eve@x"), token: 7, nonce: "n" });

	it.each([
		["is no JSON", "{"],
		["is JSON of something else", `{"owner":"eve"}`],
		["is empty", ""],
	])("whose label %s holds nothing, and its number counts", async (_, label) => {
		lay("cres-lease-shop-cpu-1.7", label);
		expect(await leaseOn().holder()).toBeUndefined();
		expect((await leaseOn().take(claim())).token).toBe(8);
	});

	it("without the label holds nothing", async () => {
		lay("cres-lease-shop-cpu-1.7", holder);
		const { labels } = daemon.volumes.get("cres-lease-shop-cpu-1.7")!;
		delete (labels as Record<string, string>)[LABEL.lease];
		expect(await leaseOn().holder()).toBeUndefined();
	});

	it.each([
		"cres-lease-shop-cpu-1.x",
		"cres-lease-shop-cpu-1.7x",
		"cres-lease-shop-cpu-1.",
		"data.7",
		"cres-lease-shop-cpu-10.7",
	])("with the name %s is none of ours", async (name) => {
		lay(name, holder);
		expect(await leaseOn().holder()).toBeUndefined();
		expect((await leaseOn().take(claim())).token).toBe(1);
		expect(daemon.volumes.has(name)).toBe(true);
	});

	it("of another instance is none of ours", async () => {
		lay("cres-lease-shop-cpu-1.7", holder, { [LABEL.instance]: "cpu-2" });
		expect(await leaseOn().holder()).toBeUndefined();
	});

	it("with the highest number counts, as a number", async () => {
		lay("cres-lease-shop-cpu-1.10", holder);
		lay("cres-lease-shop-cpu-1.9", JSON.stringify({ ...claim("old@x"), token: 9, nonce: "o" }));
		expect(await leaseOn().holder()).toMatchObject({ owner: "eve@x" });
	});
});

describe("of contenders at the same instant", () => {
	const takeAll = (count: number) =>
		Promise.allSettled(Array.from({ length: count }, (_, index) => leaseOn().take(claim(`c${index}@pc`))));

	it("exactly one gets it, in whatever order the daemon hears them", async () => {
		await fc.assert(
			fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 4 }), async (scheduler, count) => {
				daemon = new FakeDaemon(clock, new Set());
				daemon.pace = () => scheduler.schedule(Promise.resolve());
				const all = takeAll(count);
				await scheduler.waitFor(all);
				daemon.pace = async () => {};
				const settled = await all;
				const winners = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
				const refused = settled.flatMap((one) => (one.status === "rejected" ? [one.reason as { code: string }] : []));
				expect(winners).toHaveLength(1);
				expect(refused.map(({ code }) => code)).toEqual(Array.from({ length: count - 1 }, () => "lease_held"));
				await winners[0]!.assertHeld();
			}),
			{ numRuns: 150 },
		);
	});

	it("one that makes its volume when the other one's has a higher number by now does not get it", async () => {
		daemon.at("createVolume", async () => {
			const ben = await leaseOn().take(claim("ben@laptop"));
			await ben.renew(); // which takes the volume of the first number away
		});
		await expect(leaseOn().take(claim())).rejects.toMatchObject({ code: "lease_held" });
		expect(numbers()).toEqual([2]);
		expect(await leaseOn().holder()).toMatchObject({ owner: "ben@laptop" });
	});

	it("one that is overtaken again and again gives up, and names who was faster", async () => {
		const faster = () => {
			const number = Math.max(0, ...numbers()) + 1;
			const labels = { [LABEL.project]: "shop", [LABEL.instance]: "cpu-1", [LABEL.lease]: "null" };
			daemon.volumes.set(`cres-lease-shop-cpu-1.${number}`, {
				name: `cres-lease-shop-cpu-1.${number}`,
				labels,
				createdAt: 0,
			});
		};
		for (let attempt = 0; attempt < 4; attempt++) daemon.at("createVolume", faster);
		const held = await leaseOn().take(claim());
		expect(held.token).toBe(5);
		await held.release();
		for (let attempt = 0; attempt < 5; attempt++) daemon.at("createVolume", faster);
		await expect(leaseOn().take(claim())).rejects.toMatchObject({ code: "lease_held" });
	});
});
