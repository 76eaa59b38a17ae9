import { fileURLToPath } from "node:url";
import type { DataConverter } from "@temporalio/common";
import { createPayloadCodec } from "../../../src/contracts/payload-codec.ts";
import type { TemporalAddress } from "./connection.ts";

/** The SDK loads it by its path. */
const ENCODED_FAILURES = fileURLToPath(new URL(`./encoded-failures${import.meta.url.slice(-3)}`, import.meta.url));

/** What stands between a program and Temporal's server. Without keys too: what is encrypted then fails under its name. */
export const dataConverter = ({ codecKeys = [] }: Pick<TemporalAddress, "codecKeys">): DataConverter => ({
	payloadCodecs: [createPayloadCodec(codecKeys)],
	// Messages and stacks of failures are no payloads by themselves.
	...(codecKeys.length > 0 ? { failureConverterPath: ENCODED_FAILURES } : {}),
});
