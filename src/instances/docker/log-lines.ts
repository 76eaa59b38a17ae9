import { StringDecoder } from "node:string_decoder";
import { frames } from "./frames.ts";

/** Text lines of a container's multiplexed log stream. */
export async function* logLines(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncIterable<string> {
	const decoder = new StringDecoder("utf8");
	let text = "";
	for await (const { payload } of frames(chunks)) {
		const lines = `${text}${decoder.write(payload)}`.split("\n");
		text = lines.pop()!;
		yield* lines;
	}
	if (text !== "") yield text;
}
