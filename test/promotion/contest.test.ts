import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasCode } from "../../src/errors/errors.ts";
import { digestOfBytes, type Digest } from "../../src/registry/image-reference.ts";
import { pushApp, startRegistry, type RealRegistry } from "../support/real-registry.ts";
import { makeMachine, REPOSITORY, type Machine } from "./machine.ts";

const PROMOTIONS = 200;
/** Images that are pushed at the same time. */
const LANES = 10;

const buildIdOf = (at: number): string => at.toString(16).padStart(12, "0");

interface Told {
	to: Digest;
	/** `lost`: it was told that somebody else moved the channel. */
	outcome: "promoted" | "lost";
	/** The registry took its write; that may have been replaced by then. */
	wrote: boolean;
	sure: boolean;
}

describe("channels that several writers promote", () => {
	let server: RealRegistry;
	const digests: Digest[] = [];
	const machines: Machine[] = [];
	beforeAll(async () => {
		server = await startRegistry();
		const registry = server.client();
		const first = await registry.manifest(REPOSITORY, await pushApp(registry, REPOSITORY, buildIdOf(0)));
		// Another build id makes another digest of the same layers.
		const push = (at: number): Promise<Digest> => {
			const bytes = Buffer.from(first!.bytes.toString().replace(buildIdOf(0), buildIdOf(at)));
			return registry.putManifest(REPOSITORY, digestOfBytes(bytes), bytes, first!.mediaType);
		};
		for (let at = 0; at < PROMOTIONS; at += LANES)
			digests.push(...(await Promise.all(Array.from({ length: LANES }, (_, lane) => push(at + lane)))));
		for (let at = 0; at < 2; at++) machines.push(await makeMachine(server.client()));
	}, 120_000);
	afterAll(async () => {
		for (const machine of machines) await machine.remove();
		await server.close();
	}, 60_000);

	/** Two machines without a common lock promote different digests to one channel, each one after the other. */
	async function contest(): Promise<Told[]> {
		const told: Told[] = [];
		const waiting = [...digests];
		const write = async (machine: Machine) => {
			for (let to = waiting.shift(); to; to = waiting.shift()) {
				try {
					const { sure } = await machine.promote(to, "canary");
					told.push({ to, outcome: "promoted", wrote: true, sure });
				} catch (error) {
					if (!hasCode(error, "channel_moved")) throw error;
					told.push({
						to,
						outcome: "lost",
						wrote: (error as Error).message.includes("at the same time"),
						sure: true,
					});
				}
			}
		};
		await Promise.all(machines.map(write));
		return told;
	}

	it(`of ${PROMOTIONS} promotions by two machines none is lost without being told`, async () => {
		const told = await contest();
		const standing = (await server.client().resolve(REPOSITORY, "canary"))!.digest;
		const records = (await Promise.all(machines.map((machine) => machine.records()))).flat();
		expect(records.filter(({ outcome }) => outcome === "interrupted" || outcome === "failed")).toEqual([]);
		const promoted = told.filter(({ outcome }) => outcome === "promoted");
		expect(promoted.length).toBeGreaterThan(0);
		expect(promoted.length, "they never met").toBeLessThan(PROMOTIONS);
		expect(told).toHaveLength(PROMOTIONS);
		// Whoever was told "promoted" stands, or a write that came later names it as what it replaced.
		const written = new Set(told.filter(({ wrote }) => wrote).map(({ to }) => to as string));
		const replaced = new Set(records.filter(({ to }) => written.has(to)).map(({ from }) => from));
		const vanished = promoted.filter(({ to }) => to !== standing && !replaced.has(to));
		const unsure = told.filter(({ sure }) => !sure); // said that it may not know what it replaced
		expect(vanished.length).toBeLessThanOrEqual(unsure.length);
		// and what stands was told so
		expect(promoted.map(({ to }) => to)).toContain(standing);
	}, 300_000);

	it("of promotions by two processes of one machine each names the one before as its old", async () => {
		const [machine] = machines as [Machine];
		const some = digests.slice(0, 6);
		const done = await Promise.all(some.map((digest) => machine.promote(digest, "stable")));
		expect(done.every(({ outcome }) => outcome === "promoted")).toBe(true);
		const standing = (await server.client().resolve(REPOSITORY, "stable"))!.digest;
		const chain: (string | null)[] = [standing];
		for (let at: string | null = standing; at !== null;) {
			at = done.find(({ digest }) => digest === at)!.previous;
			chain.push(at);
		}
		expect(chain).toHaveLength(some.length + 1);
	}, 60_000);
});
