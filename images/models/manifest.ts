import { MODELS_MANIFEST_KEY, modelsManifestSchema, type ModelsManifest } from "../../src/contracts/models.ts";
import { ModelError, reasonOf } from "./model-error.ts";
import { persist, type PersistPorts } from "./persist.ts";
import type { OpenSource } from "./source.ts";

/** More than any manifest has. */
const MAX_BYTES = 4_000_000;
const TIMEOUT_MS = 30_000;

/**
 * The manifest in the bucket, or at the address that was given; undefined when the bucket has none.
 * @throws ModelError manifest-invalid, and those of the source
 */
export async function readManifest(
	ports: PersistPorts & { open: OpenSource; silenceMs?: number | undefined },
	address: string | undefined,
): Promise<ModelsManifest | undefined> {
	const { open, signal, silenceMs = TIMEOUT_MS } = ports;
	const read = () => readText(open, address ?? MODELS_MANIFEST_KEY, signal, silenceMs);
	const text = await persist(ports, "the manifest of models", read).catch((error: unknown) => {
		if (address === undefined && error instanceof ModelError && error.fault === "source-missing") return undefined;
		throw error;
	});
	if (text === undefined) return undefined;
	const parsed = modelsManifestSchema.safeParse(parseOrUndefined(text));
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	throw new ModelError("manifest-invalid", `the manifest of models: ${issue!.path.join(".")}: ${issue!.message}`);
}

async function readText(open: OpenSource, source: string, stop: AbortSignal, timeoutMs: number): Promise<string> {
	const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
	try {
		const chunks: Uint8Array[] = [];
		let bytes = 0;
		for await (const chunk of (await open(source, 0, signal)).body) {
			if ((bytes += chunk.byteLength) > MAX_BYTES)
				throw new ModelError("manifest-invalid", `the manifest of models has more than ${MAX_BYTES} bytes`);
			chunks.push(chunk);
		}
		return Buffer.concat(chunks).toString("utf8");
	} catch (error) {
		stop.throwIfAborted();
		if (error instanceof ModelError) throw error;
		throw new ModelError("source-unreachable", `the manifest of models: ${reasonOf(error)}`, error);
	}
}

function parseOrUndefined(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
