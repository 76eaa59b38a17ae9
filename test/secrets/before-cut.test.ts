import { expect, it } from "vitest";
import { servingContainer } from "../../src/checks/runtime/dependency-container.ts";
import { failureOf } from "../../src/checks/runtime/failure.ts";
import { powershellJson } from "../../src/system/powershell.ts";
import { pageIn, refused } from "../../src/registry/refusals.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { wordsOf } from "../../src/smoke/parts.ts";
import { parseProbe } from "../../src/smoke/probe.ts";
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

const shell = (line: string) => ({
	run: async (_file: string, [verb]: readonly string[]) => {
		const row = { ID: "1", Names: "a", Image: "b", State: "running", Status: "Up", Ports: "0.0.0.0:7233->7233/tcp" };
		return { exitCode: 0, stdout: verb === "ps" ? JSON.stringify(row) : line, stderr: "" };
	},
});
const reply = (body: string, type = "text/plain") => ({
	...{ status: 500, body: Buffer.from(body), url: new URL("https://registry.test/v2/") },
	headers: { "content-type": type },
});
const asked = { method: "GET" } as never;

it.each<[string, number, (text: string) => unknown]>([
	[
		"what the probe of a smoke test says is",
		500,
		(text) => parseProbe([JSON.stringify([{ name: "store", ok: false, detail: text, ms: 1 }])])![0]!.detail,
	],
	["the reason of a question without answer is", 2_000, (text) => failureOf(new Error(text)).message],
	["what a registry refuses with is", 300, (text) => refused(asked, reply(text) as never).message],
	[
		"what a registry refuses with behind blanks is",
		10_000,
		(text) => refused(asked, reply(text.replaceAll("x", " ")) as never).message,
	],
	["the title of a page is", 80, (text) => pageIn(reply(`<title>${text}</title>`, "text/html") as never)],
	[
		"the log of a container of this machine is",
		400,
		async (text) =>
			servingContainer(
				shell(text) as never,
				{ name: "temporal", address: "127.0.0.1:7233" },
				AbortSignal.timeout(9_000),
			),
	],
])("A14: nor where %s", async (_what, limit, told) => {
	for (const text of around(limit)) expect(JSON.stringify(await told(text))).not.toMatch(HALF);
});
