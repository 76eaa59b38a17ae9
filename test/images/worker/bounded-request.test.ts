import { describe, expect, it } from "vitest";
import { boundedRequest } from "../../../images/worker/bounded-request.ts";
import { PENDING_MOST } from "../../../src/contracts/task-names.ts";
import type { EnqueueRequest } from "../../../src/contracts/tasks.ts";

/** Bytes of one payload that Temporal takes (https://docs.temporal.io/cloud/limits#per-message-grpc-limit). */
const PAYLOAD_BYTES = 2 * 1_024 * 1_024;

describe("M66: the requests that wait at the dispatcher", () => {
	it("fit into one payload, whatever signals hold", () => {
		const long = "字".repeat(1_000_000);
		const hostile = {
			request_id: long,
			query: long,
			limit: [long],
			parallelism: long,
			youtube_category: long,
			more: long,
		};
		const kept = boundedRequest(hostile as unknown as EnqueueRequest);
		const pending = Array.from({ length: PENDING_MOST }, () => kept);
		expect(Buffer.byteLength(JSON.stringify({ pending }))).toBeLessThan(PAYLOAD_BYTES);
	});

	it("are what was asked for", () => {
		const request = {
			request_id: "a",
			query: "two words",
			limit: 5,
			parallelism: 2,
			max_duration_minutes: 3,
			youtube_category: "Music",
		};
		expect(boundedRequest(request)).toEqual(request);
		expect(boundedRequest({ request_id: "a", query: " b ", limit: 1 })).toEqual({
			...{ request_id: "a", query: "b", limit: 1 },
			...{ parallelism: null, max_duration_minutes: null, youtube_category: null },
		});
	});
});
