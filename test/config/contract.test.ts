import { describe, expect, it } from "vitest";
import { withContract } from "../../src/config/edit.ts";

describe("another contract for an instance", () => {
	const text = [
		"# ours",
		"instances:",
		"  gpu-1: # the large one",
		"    driver: vast",
		"    id: 36700001 # rented in May",
		'    key: "36700001"',
		"  gpu-2: { driver: vast, id: 36700002, key: k }",
		"",
	].join("\n");
	const change = { from: 36700001, to: 5 };

	it("changes the number and no other byte", () => {
		expect(withContract(text, "gpu-1", change)).toBe(text.replace("id: 36700001", "id: 5"));
		expect(withContract(text, "gpu-2", { from: 36700002, to: 5 })).toBe(text.replace("36700002", "5"));
		const windows = text.replaceAll("\n", "\r\n");
		expect(withContract(windows, "gpu-1", change)).toBe(windows.replace("id: 36700001", "id: 5"));
	});

	it.each([
		["another contract is named", text, "gpu-2"],
		["there is no such instance", text, "gpu-3"],
		["there is nothing", "", "gpu-1"],
	])("is not written where %s", (_case, given, name) => {
		expect(withContract(given, name, change)).toBeUndefined();
	});
});
