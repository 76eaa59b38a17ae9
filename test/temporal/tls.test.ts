import { readFileSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import { Secret } from "../../src/secrets/secret.ts";
import { connectTemporal, type TemporalOptions } from "../../src/temporal/temporal.ts";
import { TLS_FILES, tlsFront } from "../support/tls-front.ts";
import { loopbackTemporal } from "./loopback-temporal.ts";

const read = (name: keyof typeof TLS_FILES): string => readFileSync(TLS_FILES[name], "utf8");
const ca = read("ca");
const client = { cert: read("certificate"), key: new Secret(read("key")) };

async function open(mutual: boolean, tls: TemporalOptions["tls"], apiKey?: Secret) {
	const { world, address } = await loopbackTemporal();
	const front = await tlsFront(address, { mutual });
	onTestFinished(() => front[Symbol.asyncDispose]());
	const temporal = await connectTemporal({ address: `127.0.0.1:${front.port}`, namespace: "default", tls, apiKey });
	onTestFinished(() => temporal.close());
	return { world, temporal };
}

it("A1: speaks TLS to a server whose CA it is given, with its API key", async () => {
	const { world, temporal } = await open(
		false,
		{ ca, client: undefined, serverName: undefined },
		new Secret("temporal-key-sentinel"),
	);
	expect(await temporal.namespaceExists()).toBe(true);
	expect(world.asked[0]!.credential).toBe("Bearer temporal-key-sentinel");
});

it("A1: proves itself to a server that asks for it, under the server's own name", async () => {
	const { temporal } = await open(true, { ca, client, serverName: "localhost" });
	expect(await temporal.namespaceExists()).toBe(true);
});

it.each([
	["has another CA", { ca: undefined, client, serverName: undefined }],
	["shows another name", { ca, client, serverName: "other.example" }],
])("A1: trusts no server that %s", async (_why, tls) => {
	const { world, temporal } = await open(false, tls);
	await expect(temporal.namespaceExists()).rejects.toMatchObject({
		code: "temporal_tls_failed",
		hint: expect.stringContaining("temporal.tls"),
	});
	expect(world.asked).toEqual([]);
});

it("A1: is not let in without a client certificate where one is asked for", async () => {
	const { world, temporal } = await open(true, { ca, client: undefined, serverName: undefined });
	await expect(temporal.namespaceExists()).rejects.toMatchObject({
		code: expect.stringMatching(/^temporal_(?:tls_failed|unreachable)$/),
	});
	expect(world.asked).toEqual([]);
});
