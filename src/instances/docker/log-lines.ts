import { linesOf } from "../../system/limits.ts";
import { frames } from "./frames.ts";

/** Text lines of a container's multiplexed log stream; very long ones are cut. */
export const logLines = (chunks: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncIterable<string> =>
	linesOf(payloads(chunks));

async function* payloads(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncIterable<Buffer> {
	for await (const { payload } of frames(chunks)) yield payload;
}
