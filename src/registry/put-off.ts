import { UserError } from "../errors/errors.ts";
import type { Outcome } from "../system/retry.ts";
import type { HttpReply, HttpRequest } from "./http.ts";

/** How a registry is asked again. */
export interface Patience {
	/** In all. */
	tries: number;
	/** Milliseconds after the first try; they double. */
	retryMs: number;
	pause: (ms: number) => Promise<void>;
}

/** Statuses of a registry, or of what stands before it, that cannot serve just now. */
export const LATER: readonly number[] = [429, 500, 502, 503, 504];
/** A registry that asks to wait longer is not waited for. */
const LONGEST_WAIT_MS = 30_000;

/** Milliseconds until the next try; undefined: the reply counts. Retry-After is in seconds or a date (RFC 9110, section 10.2.3). */
export function putOff(
	outcome: Outcome<HttpReply | undefined>,
	count: number,
	{ tries, retryMs }: Patience,
	isPut = false,
): number | undefined {
	if (!outcome.ok) return count < tries && isBroken(outcome.error) ? retryMs * 2 ** (count - 1) : undefined;
	const reply = outcome.value;
	if (!reply || count >= tries || !(LATER.includes(reply.status) || (isPut && lacksBlob(reply)))) return undefined;
	const header = reply.headers["retry-after"] ?? "0";
	const asked = Number(header) * 1_000 || Math.max(0, Date.parse(header) - Date.now()) || 0;
	return asked > LONGEST_WAIT_MS ? undefined : Math.max(asked, retryMs * 2 ** (count - 1));
}

/** A connection that broke, or never came about for a reason that passes. A silence of the registry took long enough. */
function isBroken(error: unknown): boolean {
	const { code, syscall } = Object(error instanceof UserError ? error.cause : error) as NodeJS.ErrnoException;
	return (
		["ECONNRESET", "ECONNABORTED", "EPIPE", "EAI_AGAIN"].includes(code ?? "") ||
		(code === "ETIMEDOUT" && syscall === "connect")
	);
}

/** What a registry says of a blob that it has just taken and does not see everywhere yet (distribution-spec, "Error codes"). */
const lacksBlob = ({ status, body }: HttpReply): boolean =>
	(status === 400 || status === 404) &&
	/"code"\s*:\s*"(?:MANIFEST_)?BLOB_UNKNOWN"/.test(body.toString("utf8", 0, 4_096));

/** POST, and what is sent to a session of an upload, has its effect once. */
export const mayRepeat = ({ method, once = false }: HttpRequest): boolean => method !== "POST" && !once;
