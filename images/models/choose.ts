import { basename } from "node:path";
import type { Model, ModelKind } from "../../src/contracts/models.ts";
import { readFlag, type Environment } from "../runtime/variables.ts";

/**
 * The models that a container needs. MODELS names them, separated by commas; else it is the Whisper model that
 * WHISPER_MODEL_SIZE names and the LLM that has LLM_MODEL_FILE. Where no model fits such a name, all of its kind.
 * @throws EnvironmentError for a flag that is neither on nor off
 */
export function chooseModels(models: readonly Model[], environment: Environment): Model[] {
	const names = (environment["MODELS"] ?? "").split(",").flatMap((name) => name.trim() || []);
	if (names.length > 0) return models.filter(({ name }) => names.includes(name));
	const size = environment["WHISPER_MODEL_SIZE"] || "base";
	const file = basename(environment["LLM_MODEL_PATH"] || environment["LLM_MODEL_FILE"] || "");
	return [
		...fitting(models, "whisper", ({ name }) => name === size),
		...(readFlag(environment, "LLAMA_DISABLE")
			? []
			: fitting(models, "llm", ({ files }) => files.some(({ path }) => basename(path) === file))),
	];
}

function fitting(models: readonly Model[], kind: ModelKind, fits: (model: Model) => boolean): Model[] {
	const all = models.filter((model) => model.kind === kind);
	const some = all.filter(fits);
	return some.length > 0 ? some : all;
}
