import { createHash } from "node:crypto";
import {
	MODELS_MANIFEST_KEY,
	modelsManifestSchema,
	pinnedManifestKey,
	type ModelsManifest,
} from "../../src/contracts/models.ts";
import { parseJson } from "../runtime/http.ts";
import { ModelError, reasonOf } from "./model-error.ts";
import { persist, type PersistPorts } from "./persist.ts";
import type { OpenSource } from "./source.ts";

/** More than any manifest has. */
const MAX_BYTES = 4_000_000;
const TIMEOUT_MS = 30_000;

export interface ManifestOptions {
	/** Undefined: the bucket. */
	address: string | undefined;
	/** Hex digits that its sha256 must have; undefined: whoever writes to the bucket is trusted. */
	pin: string | undefined;
}

type Ports = PersistPorts & { open: OpenSource; silenceMs?: number | undefined };

/**
 * The manifest in the bucket, or at the address that was given; undefined when the bucket has none and none is pinned.
 * @throws ModelError manifest-invalid, checksum-mismatch for another one than the pinned, and those of the source
 */
export async function readManifest(
	ports: Ports,
	{ address, pin }: ManifestOptions,
): Promise<ModelsManifest | undefined> {
	const isPinnedOnly = pin !== undefined && address === undefined;
	const bytes =
		(isPinnedOnly ? await readIfThere(ports, pinnedManifestKey(pin)) : undefined) ??
		(await (address === undefined ? readIfThere(ports, MODELS_MANIFEST_KEY) : readSource(ports, address)));
	if (pin !== undefined) assertPinned(bytes, pin);
	if (bytes === undefined) return undefined;
	const parsed = modelsManifestSchema.safeParse(parseJson(bytes.toString("utf8")));
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	throw new ModelError("manifest-invalid", `the manifest of models: ${issue!.path.join(".")}: ${issue!.message}`);
}

function assertPinned(bytes: Buffer | undefined, pin: string): void {
	const seen = bytes && createHash("sha256").update(bytes).digest("hex");
	if (seen === pin) return;
	const fault = seen === undefined ? "source-missing" : "checksum-mismatch";
	throw new ModelError(
		fault,
		`the manifest of models: expected sha256 ${pin} as this container was deployed with, got ${seen ?? "none"}; ` +
			"see who wrote to the bucket (cres models list), then cres models push and cres deploy",
	);
}

const readSource = (ports: Ports, source: string): Promise<Buffer> =>
	persist(ports, "the manifest of models", () => readBytes(ports, source));

const readIfThere = (ports: Ports, key: string): Promise<Buffer | undefined> =>
	readSource(ports, key).catch((error: unknown) => {
		if (error instanceof ModelError && error.fault === "source-missing") return undefined;
		throw error;
	});

async function readBytes({ open, signal: stop, silenceMs = TIMEOUT_MS }: Ports, source: string): Promise<Buffer> {
	const signal = AbortSignal.any([stop, AbortSignal.timeout(silenceMs)]);
	try {
		const chunks: Uint8Array[] = [];
		let bytes = 0;
		for await (const chunk of (await open(source, 0, signal)).body) {
			if ((bytes += chunk.byteLength) > MAX_BYTES)
				throw new ModelError("manifest-invalid", `the manifest of models has more than ${MAX_BYTES} bytes`);
			chunks.push(chunk);
		}
		return Buffer.concat(chunks);
	} catch (error) {
		stop.throwIfAborted();
		if (error instanceof ModelError) throw error;
		throw new ModelError("source-unreachable", `the manifest of models: ${reasonOf(error)}`, error);
	}
}
