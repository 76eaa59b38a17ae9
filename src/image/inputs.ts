import { createHash } from "node:crypto";
import type { Flavour } from "../contracts/build-info.ts";
import type { Digest } from "../registry/image-reference.ts";
import type { ImageKind } from "./catalogue.ts";
import { canonicalJson } from "../system/json.ts";

/** Raise when cres itself makes other images of the same inputs. */
const FORMAT = 1;

/** Everything that decides what is in an image. */
export interface ImageInputs {
	kind: ImageKind;
	flavour: Flavour;
	/** Of the files copied, without the build info. */
	contextHash: string;
	/** Text of the Dockerfile. */
	dockerfile: string;
	/** Build arguments, without the reference of the layer below: the same layer may have several addresses. */
	buildArgs: Readonly<Record<string, string>>;
	/** Digest of the layer below. */
	below: Digest;
	/** Uncommitted changes: such an image must never be taken for the clean one of equal content. */
	dirty: boolean;
}

/** 64 hex digits. */
export const inputsHash = (inputs: ImageInputs): string =>
	createHash("sha256")
		.update(canonicalJson({ format: FORMAT, ...inputs }))
		.digest("hex");

/** The tag under which the registry keeps the image that these inputs gave. */
export const keyTag = (hash: string): string => `inputs-${hash.slice(0, 40)}`;
