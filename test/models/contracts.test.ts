import { describe, expect, it } from "vitest";
import {
	modelKey,
	modelOf,
	modelPath,
	modelsManifestSchema,
	type Model,
	type ModelsManifest,
} from "../../src/contracts/models.ts";
import { withModel } from "../../src/models/manifest-object.ts";

const file = (path: string) => ({ path, bytes: 1, sha256: "0".repeat(64), source: `models/${path}` });
const model = (kind: Model["kind"], name: string, ...paths: string[]): Model => ({
	kind,
	name,
	files: paths.map(file),
});
const base = model("whisper", "base", "whisper/base/model.bin");
const small = model("llm", "small", "llm/small.gguf");
const large = model("llm", "large", "llm/large.gguf");
const accepts = (...models: unknown[]) => modelsManifestSchema.safeParse({ version: 1, models }).success;

describe("the manifest of models", () => {
	it("names each model and each path once", () => {
		expect(accepts(base, small, large)).toBe(true);
		expect(accepts(base, { ...small, name: "base" })).toBe(true);
		expect(accepts(small, { ...large, name: "small" })).toBe(false);
		expect(accepts(small, { ...large, files: small.files })).toBe(false);
	});

	it("has no path that leaves the directory, hides a file or is another system's", () => {
		for (const path of ["", "/a", "a/", "a//b", "../a", "a/../b", ".a", "a\\b", "a b", "C:a"])
			expect([path, accepts(model("llm", "x", path))]).toEqual([path, false]);
	});

	it("has no file without bytes, checksum or source", () => {
		for (const wrong of [{ bytes: 0 }, { bytes: 1.5 }, { sha256: "A".repeat(64) }, { sha256: "" }, { source: "" }])
			expect([wrong, accepts({ ...small, files: [{ ...small.files[0], ...wrong }] })]).toEqual([wrong, false]);
	});

	it("is asked by kind, and by name where there are several", () => {
		const manifest = { version: 1 as const, models: [base, large, small] };
		expect(modelOf(manifest, "whisper")).toBe(base);
		expect(modelOf(manifest, "llm")).toBe(large);
		expect(modelOf(manifest, "llm", "small")).toBe(small);
		expect(modelOf(manifest, "llm", "base")).toBeUndefined();
	});

	it("is the same whatever the order in which models and files were entered", () => {
		const entered = (...models: Model[]) => models.reduce<ModelsManifest>(withModel, { version: 1, models: [] });
		const [one, other] = [model("whisper", "two", "whisper/two/a", "whisper/two/b"), small];
		const turned = { ...one, files: one.files.toReversed() };
		expect(entered(one, other)).toEqual(entered(other, turned));
	});
});

describe("places of a model's files", () => {
	it("are what the engines look for", () => {
		expect(modelPath("whisper", "base", "model.bin")).toBe("whisper/base/model.bin");
		expect(modelPath("llm", "any", "a.gguf")).toBe("llm/a.gguf");
	});

	it("in the bucket differ by content", () => {
		const keys = ["1", "2"].map((digit) => modelKey("llm", "a", digit.repeat(64), "a.gguf"));
		expect(keys).toEqual(["models/llm/a/1111111111111111/a.gguf", "models/llm/a/2222222222222222/a.gguf"]);
	});
});
