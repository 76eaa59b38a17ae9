import { connect, createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { digestOfBytes } from "../../src/registry/image-reference.ts";
import { createRegistry } from "../../src/registry/registry.ts";
import { MEDIA_TYPE } from "../../src/registry/schemas.ts";
import { freePort } from "../support/free-ports.ts";
import { startRegistry, type RealRegistry } from "../support/real-registry.ts";

const BLOB = Buffer.alloc(8 << 20, "layer");
const REPOSITORY = "cres/cut";
/** Of what a client sends: past the questions before it, in the middle of the blob. */
const MIDDLE = 1 << 20;

let registry: RealRegistry;
let doors: Server[] = [];
beforeAll(async () => void (registry = await startRegistry()));
afterEach(() => {
	for (const door of doors) door.close();
	doors = [];
});
afterAll(() => registry.close());

/** A way to the registry on which the first so many connections are reset once a client has sent so many bytes. */
async function doorThatCuts(times: number, bytes: number): Promise<{ address: string; cuts: () => number }> {
	let cuts = 0;
	const door = createServer((client) => {
		const behind = connect(Number(registry.address.split(":")[1]), "127.0.0.1");
		let sent = 0;
		client.on("data", (chunk) => {
			sent += chunk.length;
			if (sent <= bytes || cuts >= times) return void behind.write(chunk);
			cuts++;
			client.resetAndDestroy();
			behind.destroy();
		});
		behind.pipe(client);
		client.on("error", () => {}).on("close", () => behind.destroy());
		behind.on("error", () => {}).on("close", () => client.destroy());
	});
	doors.push(door);
	const port = await freePort();
	await new Promise<void>((resolve) => door.listen(port, "127.0.0.1", resolve));
	return { address: `127.0.0.1:${port}`, cuts: () => cuts };
}

const clientOf = (address: string) =>
	createRegistry({ address, tls: false }, undefined, { timeoutMs: 5_000, tries: 3, retryMs: 1 });

/** The blob, then a manifest with it under a tag, as every artifact is pushed. */
async function pushed(address: string, blob: Buffer, tag: string): Promise<void> {
	const client = clientOf(address);
	await client.ping(); // so that the cut is under a connection that was kept
	const layer = await client.putBlob(REPOSITORY, blob, MEDIA_TYPE.ociLayer);
	const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPE.ociManifest, config: layer, layers: [layer] };
	await client.putManifest(REPOSITORY, tag, Buffer.from(JSON.stringify(manifest)), MEDIA_TYPE.ociManifest);
}

describe("a connection that is cut in the middle of a blob", () => {
	it.each([1, 2])("has the blob sent from its beginning: %i times", async (times) => {
		const blob = Buffer.concat([BLOB, Buffer.from(`${times}`)]);
		const door = await doorThatCuts(times, MIDDLE);
		await pushed(door.address, blob, `cut-${times}`);
		expect(door.cuts()).toBe(times);
		const straight = registry.client();
		expect(await straight.blob(REPOSITORY, digestOfBytes(blob))).toEqual(blob);
		expect(await straight.resolve(REPOSITORY, `cut-${times}`)).toBeDefined();
	});

	it("every time is told, and no tag stands", async () => {
		const blob = Buffer.concat([BLOB, Buffer.from("never")]);
		const door = await doorThatCuts(Infinity, MIDDLE);
		await expect(pushed(door.address, blob, "half")).rejects.toMatchObject({
			code: "registry_unreachable",
			message: expect.stringContaining(door.address) as string,
		});
		expect(door.cuts()).toBe(3);
		const straight = registry.client();
		expect(await straight.resolve(REPOSITORY, "half")).toBeUndefined();
		expect(await straight.resolve(REPOSITORY, digestOfBytes(blob))).toBeUndefined();
	});

	it("is no reason to begin again where nothing listens", async () => {
		const started = performance.now();
		const client = createRegistry({ address: "127.0.0.1:1", tls: false }, undefined, { retryMs: 5_000 });
		await expect(client.putBlob(REPOSITORY, BLOB, MEDIA_TYPE.ociLayer)).rejects.toMatchObject({
			code: "registry_unreachable",
		});
		expect(performance.now() - started).toBeLessThan(2_000);
	});
});
