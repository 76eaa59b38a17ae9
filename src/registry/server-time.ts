import { createSend } from "./http.ts";
import { readText } from "../system/files.ts";

const TIMEOUT_MS = 3_000;

/**
 * Time in the Date header (RFC 9110, section 6.6.1) of the reply to a GET, whatever its status; milliseconds since
 * the epoch. Undefined without one. Rejects with Node's system errors.
 */
export async function readServerTime(
	url: URL,
	caFile: string | undefined,
	timeoutMs = TIMEOUT_MS,
): Promise<number | undefined> {
	const ca = caFile === undefined ? undefined : await readText(caFile);
	const { headers } = await createSend({ ca, timeoutMs })({ method: "GET", url });
	const time = Date.parse(headers.date ?? "");
	return Number.isNaN(time) ? undefined : time;
}
