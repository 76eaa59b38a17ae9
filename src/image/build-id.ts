import { createHash } from "node:crypto";
import type { Flavour } from "../contracts/build-info.ts";
import { canonicalJson } from "../system/json.ts";
import type { ImageKind } from "./catalogue.ts";

/** What stands in an image's manifest besides its layers, which the inputs decide. */
export interface ReleaseFacts {
	kind: ImageKind;
	flavour: Flavour;
	/** inputsHash: 64 hex digits. */
	inputs: string;
	/** Git commit; `-dirty` appended when the tree had other content. */
	revision: string;
	/** RFC 3339 time of that commit. */
	created: string;
	version: string;
	/** URL of the source, if cres.yaml names one. */
	source: string | undefined;
	dirty: boolean;
}

/** 12 hex digits over all that enters the manifest, so one build id stands for one digest; `-dirty` is appended. */
export function buildIdOf({ dirty, ...facts }: ReleaseFacts): string {
	const id = createHash("sha256").update(canonicalJson(facts)).digest("hex").slice(0, 12);
	return dirty ? `${id}-dirty` : id;
}
