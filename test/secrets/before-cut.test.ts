import { expect, it } from "vitest";
import { powershellJson } from "../../src/control/windows/powershell.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { wordsOf } from "../../src/smoke/parts.ts";
import { shown } from "../../src/system/yaml-text.ts";

const VALUE = "sentinel-which-lies-on-the-edge-of-a-cut";
new Secret(VALUE);

/** Texts in which each place of the secret lies on the edge of what is shown. */
const around = (edge: number): string[] =>
	Array.from(
		{ length: VALUE.length },
		(_, at) => `${"x".repeat(Math.max(0, edge - at))}${VALUE}${"y".repeat(2 * edge)}`,
	);
const HALF = /sentin|edge-of|a-cut/;

it("A14: no half of a secret is left where a value of settings is cut", () => {
	for (const text of around(120)) expect(shown(text)).not.toMatch(HALF);
});

it("A14: nor where the lines of a dependency's log are", async () => {
	for (const text of around(200)) {
		const engine = { log: async () => [text] } as unknown as Parameters<typeof wordsOf>[0]["engine"];
		const seen = { state: "exited", exitCode: 1, outOfMemory: false, id: "c" } as unknown as Parameters<
			typeof wordsOf
		>[2];
		expect(await wordsOf({ engine }, "store", seen)).not.toMatch(HALF);
	}
});

it("A14: nor where what PowerShell says is", async () => {
	for (const text of around(500)) {
		const shell = { run: async () => ({ exitCode: 1, stdout: "", stderr: text }) } as unknown as Parameters<
			typeof powershellJson
		>[0];
		await expect(powershellJson(shell, "x")).rejects.toMatchObject({
			message: expect.not.stringMatching(HALF) as string,
		});
	}
});
