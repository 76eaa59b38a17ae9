import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isAllowed, licenseFaults } from "../../scripts/licenses.js";

const textOf = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

describe("A19: licences", () => {
	it.each(["package-lock.json", "images/package-lock.json"])("of %s are all on the list", (path) => {
		expect(licenseFaults(JSON.parse(textOf(path)))).toEqual([]);
	});

	it("that are not on it, or not named, are told with their package", () => {
		const packages = {
			"": { license: "AGPL-3.0" },
			"node_modules/good": { version: "1.0.0", license: "MIT" },
			"node_modules/a/node_modules/@x/bad": { version: "2.0.0", license: "GPL-3.0-only" },
			"node_modules/mute": { version: "3.0.0" },
			"node_modules/tool": { version: "4.0.0", license: "MPL-2.0", dev: true },
			"node_modules/shipped": { version: "5.0.0", license: "MPL-2.0" },
		};
		expect(licenseFaults({ packages })).toEqual([
			"@x/bad 2.0.0: GPL-3.0-only",
			"mute 3.0.0 names no licence",
			"shipped 5.0.0: MPL-2.0",
		]);
	});

	it("may be one of several, or all of several", () => {
		expect(isAllowed("(MIT OR CC0-1.0)", ["MIT"])).toBe(true);
		expect(isAllowed("Apache-2.0 AND MIT", ["MIT"])).toBe(false);
		expect(isAllowed("Apache-2.0 AND MIT", ["MIT", "Apache-2.0"])).toBe(true);
		expect(isAllowed("GPL-3.0-only OR AGPL-3.0-only", ["MIT"])).toBe(false);
	});
});
