import { expect, it } from "vitest";
import { explain } from "../../src/temporal/grpc.ts";

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
