import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { liveProgress } from "../../src/cli/progress.ts";
import { UserError } from "../../src/errors/errors.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { PLANTED, obeyed } from "../support/hostile.ts";

function terminal() {
	let text = "";
	const sink = new Writable({ write: (chunk: Buffer, _encoding, done) => ((text += chunk.toString()), done()) });
	const stream = Object.assign(sink, { isTTY: true, columns: 80, rows: 24 }) as unknown as NodeJS.WriteStream;
	return { stream, text: () => text };
}

it("A9: a step that fails shows its error without secrets and control characters, and throws it as it is", async () => {
	const { stream, text } = terminal();
	const secret = new Secret("sentinel-of-a-step").reveal();
	const failure = new UserError("vast_refused", `no ${secret} ${PLANTED}`);
	const progress = liveProgress(stream);
	const step = progress.step(`do ${PLANTED}`, async (report) => {
		report(`at ${secret} ${PLANTED}`);
		throw failure;
	});
	await expect(step).rejects.toBe(failure);
	expect(text()).toContain("no [redacted] ");
	expect(text()).not.toContain(secret);
	expect(obeyed(text())).toEqual([]);
});

it("A9: a step that is done gives its value", async () => {
	const { stream, text } = terminal();
	expect(await liveProgress(stream).step("count", () => Promise.resolve(undefined))).toBeUndefined();
	expect(await liveProgress(stream).step("count", () => Promise.resolve(3))).toBe(3);
	expect(text()).toContain("count");
});
