import { DependencyError } from "../runtime/dependency-error.ts";
import type { Settings } from "../runtime/settings.ts";
import { openStore, type Store } from "../runtime/store.ts";
import { ModelError, reasonOf } from "./model-error.ts";

/** What a source sends. */
interface Opened {
	body: AsyncIterable<Uint8Array>;
	/** Offset of the body's first byte in the whole file: 0 from a server that does not know ranges. */
	from: number;
	/** Bytes of the whole file, where the server tells. */
	total: number | undefined;
}

/**
 * Asks a key of the bucket, or an http(s) address, for its bytes from an offset on.
 * @throws ModelError source-missing, source-refused, source-unreachable, size-mismatch (it has no such offset)
 */
export type OpenSource = (source: string, from: number, signal: AbortSignal) => Promise<Opened>;

interface Answer {
	status: number;
	body: AsyncIterable<Uint8Array>;
	contentRange: string | null | undefined;
	contentLength: number | undefined;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** Sources in a bucket and on web servers. */
export function openSources(settings: Settings["store"]): OpenSource {
	const store = openStore(settings, {
		client: {
			responseChecksumValidation: "WHEN_REQUIRED",
			connectionTimeout: CONNECT_TIMEOUT_MS,
			// The caller tries again, and says so.
			maxAttempts: 1,
		},
	});
	return async (source, from, signal) => {
		const range = from > 0 ? `bytes=${from}-` : undefined;
		const named = isAddress(source) ? withoutSecrets(source) : `${source} in bucket ${store.bucket}`;
		const answer = await (
			isAddress(source) ? askAddress(source, range, signal) : askBucket(store, source, range, signal)
		).catch((error: unknown) => {
			signal.throwIfAborted();
			throw new ModelError("source-unreachable", `${named}: ${reasonOf(error)}`, error);
		});
		if (answer.status !== 200 && answer.status !== 206) throw refused(named, answer.status);
		return opened(answer);
	};
}

const isAddress = (source: string): boolean => /^https?:\/\//.test(source);

/** Addresses are sometimes signed, or hold a password. */
const withoutSecrets = (address: string): string => {
	const { origin, pathname } = new URL(address);
	return origin + pathname;
};

async function askAddress(address: string, range: string | undefined, signal: AbortSignal): Promise<Answer> {
	// A compressed body would have other offsets.
	const headers = { "accept-encoding": "identity", ...(range === undefined ? {} : { range }) };
	const response = await fetch(address, { headers, signal });
	if (!response.ok) await response.body?.cancel();
	const length = response.headers.get("content-length");
	return {
		status: response.status,
		body: response.body ?? nothing(),
		contentRange: response.headers.get("content-range"),
		contentLength: length === null ? undefined : Number(length),
	};
}

async function askBucket(store: Store, key: string, range: string | undefined, signal: AbortSignal): Promise<Answer> {
	try {
		const content = await store.open(key, range, signal);
		return { status: content.contentRange === undefined ? 200 : 206, ...content };
	} catch (error) {
		const status = error instanceof DependencyError ? error.status : undefined;
		if (status === undefined) throw error;
		return { status, body: nothing(), contentRange: undefined, contentLength: undefined };
	}
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function opened({ status, body, contentRange, contentLength }: Answer): Opened {
	if (status === 200) return { body, from: 0, total: contentLength };
	const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(contentRange ?? "");
	if (!match) throw new ModelError("source-unreachable", `a partial answer without its range: ${contentRange}`);
	return { body, from: Number(match[1]), total: match[2] === "*" ? undefined : Number(match[2]) };
}

function refused(named: string, status: number): ModelError {
	if (status === 404 || status === 410) return new ModelError("source-missing", `${named} is not there (${status})`);
	if (status === 416) return new ModelError("size-mismatch", `${named} is shorter than the manifest says`);
	if (status >= 500 || status === 429 || status === 408)
		return new ModelError("source-unreachable", `${named} answers ${status}`);
	return new ModelError("source-refused", `${named} is refused (${status})`);
}
