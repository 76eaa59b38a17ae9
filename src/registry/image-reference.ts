import { createHash } from "node:crypto";
import { UserError } from "../errors/errors.ts";

/** `sha256:` and 64 hex digits. */
export type Digest = `sha256:${string}` & { readonly digest: unique symbol };

export interface ImageReference {
	/** host or host:port; undefined when the text names none. */
	host: string | undefined;
	repository: string;
	tag: string | undefined;
	digest: Digest | undefined;
}

// The grammar of github.com/distribution/reference (regexp.go). Its ports on npm have had no release for years.
const COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const LABEL = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const HOST = `(?:localhost(?::\\d+)?|${LABEL}(?:\\.${LABEL})+(?::\\d+)?|${LABEL}:\\d+)`;
const TAG = "[A-Za-z0-9_][\\w.-]{0,127}";
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const REFERENCE = new RegExp(
	`^(?:(${HOST})/)?(${COMPONENT}(?:/${COMPONENT})*)(?::(${TAG}))?(?:@(sha256:[0-9a-f]{64}))?$`,
);

/** True for `sha256:` and 64 hex digits. */
export const isDigest = (text: string): text is Digest => DIGEST.test(text);

/** Of the exact bytes. */
export const digestOfBytes = (bytes: Uint8Array | string): Digest =>
	`sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;

/** @throws UserError invalid_digest (usage) */
export function digestOf(text: string): Digest {
	if (isDigest(text)) return text;
	throw new UserError("invalid_digest", `"${text}" is not a digest`, {
		hint: "write sha256: and 64 hex digits in lower case",
	});
}

/** For an image that is not in the repository of cres.yaml: its digest would be looked for there. */
export const imageElsewhere = (text: string, { image, registry }: ImagePlace) =>
	new UserError("image_reference", `"${text}" is not of ${registry.push.address}/${image.repository}`, {
		hint: "give a digest of that repository alone, or correct registry.push and image.repository in cres.yaml",
	});

/** Reads `[host/]repository[:tag][@digest]`. @throws UserError invalid_image_reference (usage), with the valid form */
export function parseReference(text: string): ImageReference {
	const match = REFERENCE.exec(text);
	if (!match) throw invalid(text);
	const [, host, repository, tag, digest] = match;
	return { host, repository: repository!, tag, digest: digest as Digest | undefined };
}

/** What of cres.yaml says where the images are. */
export interface ImagePlace {
	image: { repository: string };
	registry: { push: { address: string }; pull?: { address: string } | undefined };
}

/** The digest in `[host/]repository[:tag]@digest` of the app images; `elsewhere`: of others. Undefined for what has no digest so. */
export function digestAt(text: string, { image, registry }: ImagePlace): Digest | "elsewhere" | undefined {
	const [, host, repository, , digest] = REFERENCE.exec(text) ?? [];
	if (digest === undefined) return undefined;
	const hosts = [undefined, registry.push.address, registry.pull?.address];
	return hosts.includes(host) && repository === image.repository ? (digest as Digest) : "elsewhere";
}

/** `host/repository:tag@digest`, of which the reference may lack all but the repository. */
export const formatReference = ({ host, repository, tag, digest }: ImageReference): string =>
	`${host ? `${host}/` : ""}${repository}${tag ? `:${tag}` : ""}${digest ? `@${digest}` : ""}`;

/** The tag under which the registry keeps the image of a build id. It is never moved. */
export const buildTag = (buildId: string): string => `b-${buildId}`;

function invalid(text: string): UserError {
	const lower = text.toLowerCase();
	const hint = REFERENCE.test(lower)
		? `upper case is not allowed in a repository: ${lower}`
		: "write [host[:port]/]repository[:tag][@sha256:…], for example ghcr.io/owner/name:1.2";
	return new UserError("invalid_image_reference", `"${text}" is not an image reference`, { hint });
}
