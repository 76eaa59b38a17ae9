import { describe, expect, it } from "vitest";
import { didYouMean, nearest } from "../../src/system/nearest.ts";

describe("nearest", () => {
	it.each([
		["deplyo", ["deploy", "doctor", "stop"], "deploy"],
		["DEPLOY", ["deploy"], "deploy"],
		["cpu1", ["gpu-1", "cpu-1"], "cpu-1"],
		["TEMPORAL_ADRESS", ["TEMPORAL_ADDRESS"], "TEMPORAL_ADDRESS"],
		["instnce-lsit", ["instance-list"], "instance-list"],
		["web", ["cpu-1"], undefined],
		["ab", ["cd"], undefined],
		["any", [], undefined],
	])("to %s in %j is %s", (word, known, found) => {
		expect(nearest(word, known)).toBe(found);
	});

	it("takes a stricter tolerance", () => {
		expect(nearest("LOCAL_NAME", ["LOCALE_NAMES"], 1)).toBeUndefined();
	});

	it("begins a hint", () => {
		expect(didYouMean("cpu-2", ["cpu-1"], "There is: cpu-1")).toBe("did you mean cpu-1? There is: cpu-1");
		expect(didYouMean("web", ["cpu-1"], "There is: cpu-1")).toBe("There is: cpu-1");
	});
});
