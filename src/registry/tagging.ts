import { UserError } from "../errors/errors.ts";
import { retried, type Outcome } from "../system/retry.ts";
import { pull, push, type RegistryClient } from "./caller.ts";
import { digestHeader } from "./digests.ts";
import type { HttpReply, HttpRequest } from "./http.ts";
import type { Digest } from "./image-reference.ts";
import { nextPage } from "./next-page.ts";
import { LATER, putOff } from "./put-off.ts";
import { refused } from "./refusals.ts";
import { ANY_MANIFEST } from "./schemas.ts";
import { goesOn, tagsIn } from "./tag-pages.ts";

/** What stands under a tag now. */
export interface Standing {
	digest: Digest;
	/** Strong entity tag of the answer; undefined where the registry gives none. */
	etag: string | undefined;
}

/** A manifest as it is stored under another tag. */
export interface TaggedManifest {
	bytes: Uint8Array;
	mediaType: string;
}

/** What is known right before a tag is moved; `there`: it resolves to the manifest already. */
export type Look = () => Promise<Standing | undefined | "there">;

/** Calls for what moves and what goes: tags, and manifests that nobody needs any more. */
export interface Tagging {
	/**
	 * The digest behind a tag, asked for with the right to move it (distribution-spec, end-3, HEAD); undefined when
	 * nothing stands there.
	 */
	standing(repository: string, tag: string): Promise<Standing | undefined>;
	/**
	 * Lets a tag stand for a manifest that the repository holds (end-7). `look` is called before each try and throws
	 * what forbids it. Sends If-Match (RFC 9110, section 13.1.1) where the registry gave an entity tag.
	 * @returns false when the registry refused because another manifest stands there by now (HTTP 412)
	 */
	moveTag(repository: string, tag: string, manifest: TaggedManifest, look: Look): Promise<boolean>;
	/**
	 * Every tag of a repository (end-8a, pages by the Link header); none where there is no repository.
	 * @throws UserError registry_error also when there are more than could be read
	 */
	tags(repository: string): Promise<string[]>;
	/**
	 * Removes a manifest and all its tags (end-9). False when it is gone already.
	 * @throws UserError registry_keeps_all when the registry deletes nothing
	 */
	deleteManifest(repository: string, digest: Digest): Promise<boolean>;
}

/** `manifest` reads one and computes its digest: for registries that do not tell it. */
interface Client extends RegistryClient {
	manifest: (repository: string, reference: string) => Promise<{ digest: Digest } | undefined>;
}

const PAGE = 1_000;
/** A repository with more tags than a hundred pages of them is not ours. */
const MOST_PAGES = 100;

/** Calls that move a tag. */
export function taggingCalls(client: Client): Tagging {
	const { at, call } = client;
	return {
		standing: (repository, tag) => standing(client, repository, tag),
		moveTag: (...of) => moveTag(client, ...of),
		async tags(repository) {
			const found: string[] = [];
			let url = at(`${repository}/tags/list?n=${PAGE}`);
			for (let page = 0; page < MOST_PAGES; page++) {
				const reply: HttpReply = await call({ method: "GET", url }, pull(repository), [200, 404]);
				if (reply.status === 404) return found;
				found.push(...tagsIn(reply));
				const next = nextPage(url, reply);
				if (next === undefined) return found;
				if (next === "elsewhere") break;
				url = next;
			}
			throw goesOn(client.host, repository);
		},
		async deleteManifest(repository, digest) {
			const request: HttpRequest = { method: "DELETE", url: at(`${repository}/manifests/${digest}`) };
			const reply = await call(request, `repository:${repository}:pull,delete`, [200, 202, 404, 405]);
			if (reply.status === 405) throw keepsAll(client.host);
			return reply.status !== 404;
		},
	};
}

async function standing(
	{ at, call, manifest, patience }: Client,
	repository: string,
	tag: string,
): Promise<Standing | undefined> {
	const request: HttpRequest = {
		method: "HEAD",
		url: at(`${repository}/manifests/${tag}`),
		headers: { accept: ANY_MANIFEST },
	};
	const ask = () => call(request, push(repository), [200, 404, 500]);
	const reply = await retried(ask, halfWritten, patience.pause);
	if (reply.status === 404) return undefined;
	if (reply.status === 500) throw refused(request, reply);
	const { etag } = reply.headers;
	const digest = digestHeader(reply) ?? (await manifest(repository, tag))?.digest;
	return digest && { digest, etag: etag?.startsWith('"') ? etag : undefined };
}

/** docker-registry on a file system answers 500 while somebody rewrites the file of a tag: milliseconds until the next look. */
const halfWritten = (outcome: Outcome<HttpReply>, count: number): number | undefined =>
	outcome.ok && outcome.value.status === 500 && count < 5 ? 10 * 2 ** count : undefined;

async function moveTag(
	{ at, call, patience }: Client,
	repository: string,
	tag: string,
	{ bytes, mediaType }: TaggedManifest,
	look: Look,
): Promise<boolean> {
	const url = at(`${repository}/manifests/${tag}`);
	const request: HttpRequest = { method: "PUT", url, body: bytes, once: true };
	const put = async (): Promise<HttpReply | undefined> => {
		const seen = await look();
		if (seen === "there") return undefined;
		const condition = seen?.etag === undefined ? {} : { "if-match": seen.etag };
		const headers = { "content-type": mediaType, ...condition };
		return call({ ...request, headers }, push(repository), [201, 412, ...LATER]);
	};
	const reply = await retried(put, (outcome, count) => putOff(outcome, count, patience), patience.pause);
	if (!reply || reply.status === 201) return true;
	if (reply.status === 412) return false;
	throw refused(request, reply);
}

const keepsAll = (host: string) =>
	new UserError("registry_keeps_all", `the registry ${host} deletes no manifest (HTTP 405)`, {
		hint: "turn deletion on (docker-registry: storage.delete.enabled: true in its config, or REGISTRY_STORAGE_DELETE_ENABLED=true), restart it, then run the command again",
	});
