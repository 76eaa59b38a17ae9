import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { outputLines, writeOutputs } from "../../src/image/outputs.ts";
import type { Build, BuildResult } from "../../src/image/build.ts";
import type { Digest } from "../../src/registry/image-reference.ts";
import { commandFileValues } from "../support/actions/command-files.ts";
import { refusal } from "../support/refusal.ts";

const digest = (of: string) => `sha256:${of.repeat(64)}` as Digest;
const result = (more: Partial<BuildResult>): BuildResult => ({
	...{ image: "app", flavour: "cpu", repository: "owner/app", digest: digest("a"), localImage: null },
	...{ buildId: "0123456789ab", inputs: "", keyTag: "inputs-0", skipped: true, reason: "", layers: 5 },
	...{ compressedBytes: 0, pushedBytes: 0, durationMs: 0, ...more },
});
const build = (...images: BuildResult[]): Build => ({ images, durationMs: 0 });
const base = result({ image: "base", digest: digest("b") });

describe("cres build --outputs", () => {
	it("names the digests, and whether anything was built", () => {
		expect(commandFileValues(outputLines(build(base, result({ skipped: false }))))).toEqual({
			base_digest: digest("b"),
			base_built: "false",
			digest: digest("a"),
			cpu_digest: digest("a"),
			build_id: "0123456789ab",
			built: "true",
		});
	});

	it("gives each flavour a digest of its own name", () => {
		expect(outputLines(build(result({ flavour: "cuda" })))).toContain(`\ncuda_digest=${digest("a")}\n`);
	});

	it("says nothing of an image that was not pushed", () => {
		expect(outputLines(build(result({ digest: null })))).toBe("");
	});

	it("adds to what earlier steps wrote", async () => {
		const file = join(await mkdtemp(join(tmpdir(), "cres-outputs-")), "output");
		await writeFile(file, "earlier=1\n");
		await writeOutputs(file, build(base));
		expect(await readFile(file, "utf8")).toBe(`earlier=1\nbase_digest=${digest("b")}\nbase_built=false\n`);
	});

	it("refuses a file that cannot be written, by its name", async () => {
		const told = await refusal(writeOutputs("/nowhere/output", build(base)));
		expect(told).toMatchObject({ code: "outputs_not_written", message: "/nowhere/output cannot be written (ENOENT)" });
	});
});
