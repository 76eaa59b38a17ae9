import { expect, it } from "vitest";
import { chooseModels } from "../../../images/models/choose.ts";
import type { Model } from "../../../src/contracts/models.ts";

const model = (kind: Model["kind"], name: string, path: string): Model => ({
	kind,
	name,
	files: [{ path, bytes: 1, sha256: "0".repeat(64), source: "x" }],
});
const MODELS = [
	model("llm", "large", "llm/Large.gguf"),
	model("llm", "small", "llm/Small.gguf"),
	model("whisper", "base", "whisper/base/model.bin"),
	model("whisper", "large-v3", "whisper/large-v3/model.bin"),
];

it.each([
	[{}, ["base", "large", "small"]],
	[{ WHISPER_MODEL_SIZE: "large-v3", LLM_MODEL_FILE: "Small.gguf" }, ["large-v3", "small"]],
	[{ LLM_MODEL_PATH: "/models/Large.gguf", LLM_MODEL_FILE: "Small.gguf" }, ["base", "large"]],
	[{ LLAMA_DISABLE: "1" }, ["base"]],
	[{ WHISPER_MODEL_SIZE: "medium", LLAMA_DISABLE: "1" }, ["base", "large-v3"]],
	[{ MODELS: "small, large-v3,", LLAMA_DISABLE: "1" }, ["small", "large-v3"]],
	[{ MODELS: "no-such" }, []],
])("%o wants %o", (environment, names) => {
	expect(chooseModels(MODELS, environment).map(({ name }) => name)).toEqual(names);
});
