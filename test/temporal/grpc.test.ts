import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { explain } from "../../src/temporal/grpc.ts";
import { connectTemporal } from "../../src/temporal/temporal.ts";

const server = { address: "t.test:7233", namespace: "video" };
const failure = (code: number) => Object.assign(new Error(`${code} wordy`), { code, details: "why" });

it.each([
	[14, "temporal_unreachable", "Temporal at t.test:7233 does not answer (why)"],
	[4, "temporal_unreachable", "Temporal at t.test:7233 does not answer (why)"],
	[5, "temporal_namespace_missing", "Temporal at t.test:7233 has no namespace video"],
	[7, "temporal_unauthorized", "Temporal at t.test:7233 refuses the credential"],
	[16, "temporal_unauthorized", "Temporal at t.test:7233 refuses the credential"],
	[12, "temporal_unsupported", "Temporal at t.test:7233 is too old for this (why)"],
	[13, "temporal_failed", "Temporal at t.test:7233 answers: why"],
])("tells what gRPC status %i means", (code, meaning, message) => {
	const cause = failure(code);
	expect(explain(cause, server)).toMatchObject({ code: meaning, message, cause });
});

it.each([
	[
		"No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:7233. Resolution note: ",
		"connect ECONNREFUSED 127.0.0.1:7233",
	],
	[
		"Deadline exceeded after 2.979s,name resolution: 0.031s,metadata filters: 0.002s,Waiting for LB pick",
		"no answer in 3 s",
	],
	["Name resolution failed for target dns:none.test:7233", "Name resolution failed for target dns:none.test:7233"],
])("tells of '%s' what a person can use", (details, why) => {
	expect(explain(Object.assign(new Error("14 wordy"), { code: 14, details }), server)).toMatchObject({
		message: `Temporal at t.test:7233 does not answer (${why})`,
	});
});

it("F16: calls Temporal unreachable where a proxy or another server answers by HTTP", async () => {
	const server = createServer().on("stream", (stream) => {
		stream.respond({ ":status": 404 });
		stream.end();
	});
	const port = await new Promise<number>((resolve) => {
		server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
	});
	onTestFinished(() => void server.close());
	const temporal = await connectTemporal({ address: `127.0.0.1:${port}`, namespace: "video" });
	onTestFinished(() => temporal.close());
	await expect(temporal.namespaceExists()).rejects.toMatchObject({
		code: "temporal_unreachable",
		message: `Temporal at 127.0.0.1:${port} is unreachable: a proxy or another server answers there (Received HTTP status code 404)`,
	});
});

it("finds the status that the client has wrapped, and falls back to the message", () => {
	const wrapped = new Error("wrapped", { cause: failure(14) });
	expect(explain(wrapped, server)).toMatchObject({
		code: "temporal_unreachable",
		message: "Temporal at t.test:7233 does not answer (wrapped)",
	});
});

it.each([new Error("no status"), Object.assign(new Error("system"), { code: "ENOENT" })])(
	"leaves %s alone",
	(error) => {
		expect(explain(error, server)).toBe(error);
	},
);
