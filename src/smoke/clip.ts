import type { Readable } from "node:stream";
import { UserError } from "../errors/errors.ts";
import { linesOf } from "../system/limits.ts";
import { redact } from "../secrets/secret.ts";

/**
 * Runs in the container under test: its own ffmpeg makes two seconds of picture with the spoken clip of the self-test, and
 * its own Node serves them on loopback until standard input is closed. Prints the address.
 */
const SCRIPT = `
const { execFileSync } = process.getBuiltinModule("node:child_process"), { readFileSync, mkdtempSync, rmSync } = process.getBuiltinModule("node:fs");
const directory = mkdtempSync("/tmp/smoke-"), file = directory + "/clip.mp4";
process.stdin.resume().on("end", () => process.exit(0)).on("error", () => process.exit(0));
const picture = ["-f", "lavfi", "-i", "testsrc=size=160x120:rate=5:duration=2"], speech = ["-i", "/app/images/self-test/speech.ogg"];
const form = ["-c:v", "mpeg4", "-c:a", "aac", "-t", "2", "-shortest", "-metadata", "title=smoke"];
execFileSync("ffmpeg", ["-nostdin", "-v", "error", "-y", ...picture, ...speech, ...form, file], { stdio: ["ignore", "ignore", "inherit"] });
const clip = readFileSync(file);
rmSync(directory, { recursive: true });
process.getBuiltinModule("node:http")
	.createServer((request, response) => {
		response.writeHead(200, { "content-type": "video/mp4", "content-length": clip.length });
		response.end(request.method === "HEAD" ? undefined : clip);
	})
	.listen(0, "127.0.0.1", function () { process.stdout.write("http://127.0.0.1:" + this.address().port + "/clip.mp4\\n"); });
`;

export const CLIP_COMMAND: readonly string[] = ["node", "-e", SCRIPT];

/**
 * Reads the address that the program prints.
 * @param ended settles when the program has ended, with what went wrong
 * @throws UserError smoke_clip with its last words
 */
export async function clipAddress(stdout: Readable, stderr: Readable, ended: Promise<unknown>): Promise<string> {
	const said: string[] = [];
	void (async () => {
		for await (const line of linesOf(stderr)) said.push(line);
	})().catch(() => {});
	const first = (async () => {
		for await (const line of linesOf(stdout)) if (line.startsWith("http://127.0.0.1:")) return line;
		return undefined;
	})();
	const line = await Promise.race([first, ended.then(() => undefined)]);
	if (line !== undefined) return line;
	const outcome = await ended;
	const words =
		said.join("\n").trim() || (outcome instanceof Error ? outcome.message : `it ended with ${String(outcome)}`);
	throw new UserError("smoke_clip", `the image could not make its clip: ${redact(words).slice(0, 1_000)}`, {
		hint: "ffmpeg and node of the image make it: the rung binaries shows whether they run",
	});
}
