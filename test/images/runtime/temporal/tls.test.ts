import { readFileSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import { readSettings } from "../../../../images/runtime/settings.ts";
import { connectTemporal } from "../../../../images/runtime/temporal/client.ts";
import { connectWorker } from "../../../../images/runtime/temporal/worker.ts";
import { TLS_FILES, tlsFront } from "../../../support/tls-front.ts";
import { loopbackTemporal } from "../../../temporal/loopback-temporal.ts";

const inBase64 = (path: string): string => readFileSync(path).toString("base64");

/** The settings of a container before a Temporal that asks for a certificate. */
async function settings(change: Record<string, string> = {}) {
	const { world, address } = await loopbackTemporal();
	const front = await tlsFront(address, { mutual: true });
	onTestFinished(() => front[Symbol.asyncDispose]());
	const { temporal } = readSettings({
		...{ TEMPORAL_ADDRESS: `127.0.0.1:${front.port}`, TEMPORAL_CONNECT_MAX_ATTEMPTS: "1" },
		...{ WORKER_INSTANCE_NAME: "cpu-1", MINIO_ENDPOINT: "s:9000", MINIO_ACCESS_KEY: "a", MINIO_SECRET_KEY: "s" },
		...{
			TEMPORAL_TLS: "true",
			TEMPORAL_TLS_SERVER_NAME: "localhost",
			TEMPORAL_TLS_CA: inBase64(TLS_FILES.ca),
		},
		...{ TEMPORAL_TLS_CERT: inBase64(TLS_FILES.certificate), TEMPORAL_TLS_KEY: inBase64(TLS_FILES.key) },
		...change,
	});
	return { world, temporal };
}
const NEVER = new AbortController().signal;
const log = () => {};

it("A1: a worker reaches a Temporal that asks for a client certificate, with its API key", async () => {
	const { world, temporal } = await settings({ TEMPORAL_API_KEY: "api-key-sentinel" });
	const connection = await connectWorker({ ...temporal, signal: NEVER, log });
	await connection.close();
	expect(new Set(world.asked.map(({ credential }) => credential))).toEqual(new Set(["Bearer api-key-sentinel"]));
});

it("A1: the api reaches it too", async () => {
	const { world, temporal } = await settings();
	const client = connectTemporal(temporal);
	onTestFinished(() => client.close());
	await client.check(AbortSignal.timeout(5_000));
	expect(world.asked.length).toBeGreaterThan(0);
});

it("A1: neither gets in without a certificate, or in clear", async () => {
	const plain = { TEMPORAL_TLS: "false" };
	for (const change of [{ TEMPORAL_TLS_CERT: "", TEMPORAL_TLS_KEY: "" }, plain] as Record<string, string>[]) {
		const { world, temporal } = await settings(change);
		await expect(connectWorker({ ...temporal, signal: NEVER, log })).rejects.toThrow("did not answer in 1 attempts");
		expect(world.asked).toEqual([]);
	}
});

it("A1: what is no PEM in base64 is named", async () => {
	await expect(settings({ TEMPORAL_TLS_CA: "not a certificate" })).rejects.toThrow(/TEMPORAL_TLS_CA=.*PEM in base64/);
});

it("A1: a certificate without its key is named", async () => {
	await expect(settings({ TEMPORAL_TLS_KEY: "" })).rejects.toThrow(/TEMPORAL_TLS_CERT and TEMPORAL_TLS_KEY/);
});
