import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CATALOGUE } from "../../src/errors/catalogue.ts";
import { errorReferenceText } from "../../src/errors/reference.ts";
import { ROOT } from "../support/sources.ts";

describe("docs/reference/errors.md", () => {
	it("is what the catalogue says", async () => {
		const text = (await readFile(join(ROOT, "docs/reference/errors.md"), "utf8")).replaceAll("\r\n", "\n");
		const message = "docs/reference/errors.md is older than src/errors/catalogue.ts; run npm run build";
		expect(text, message).toBe(errorReferenceText());
	});

	it("has a heading for every code, with its exit code and whether a retry can help", () => {
		const text = errorReferenceText();
		expect(text.match(/^## .*$/gm)).toEqual(
			Object.keys(CATALOGUE)
				.toSorted()
				.map((code) => `## ${code}`),
		);
		expect(text).toContain(
			[
				"## lease_held\n",
				"Somebody else is changing the instance. Wait until they have ended.\n",
				"Exit 75 (busy). The same command may succeed later.\n",
			].join("\n"),
		);
		expect(text).toContain("Exit 2 (usage). The same command fails again until that is done.\n");
	});
});
