import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { openScreen } from "../../src/cli/live-screen.ts";
import { Secret } from "../../src/secrets/secret.ts";

function stream(more: Partial<NodeJS.WriteStream>) {
	let text = "";
	const sink = new Writable({ write: (chunk: Buffer, _encoding, done) => ((text += chunk.toString()), done()) });
	return { stream: Object.assign(sink, more) as unknown as NodeJS.WriteStream, text: () => text };
}

it("redraws in place on a terminal", async () => {
	const { stream: terminal, text } = stream({ isTTY: true, columns: 80, rows: 24, hasColors: () => true });
	const screen = await openScreen(terminal);
	screen.draw("cpu-1  ok\nvast-1  drift");
	const first = text().length;
	screen.draw("cpu-1  ok\nvast-1  ok");
	screen.end();
	const second = text().slice(first);
	expect(text().slice(0, first)).toContain("\u001B[33mdrift\u001B[39m");
	expect(second).toContain("\u001B[1A"); // the cursor goes up to what was drawn before
	expect(second).not.toContain("drift");
});

it("prints a block for each text elsewhere, without a secret", async () => {
	const { stream: file, text } = stream({});
	const screen = await openScreen(file);
	screen.draw("cpu-1  ok");
	screen.draw(`cpu-1  ${new Secret("sentinel-of-screen").reveal()}`);
	screen.end();
	expect(text()).toBe("cpu-1  ok\n\ncpu-1  [redacted]\n\n");
});
