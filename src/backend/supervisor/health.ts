import { messageOf } from "../../errors/errors.ts";

const ANSWER_MS = 2_000;

/** Undefined when a GET is answered 200 within 2 s, else why it is not. */
export async function healthFault(url: string): Promise<string | undefined> {
	try {
		const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS), redirect: "error" });
		await response.body?.cancel();
		return response.status === 200 ? undefined : `${url} answers ${response.status}`;
	} catch (error) {
		const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
		return `${url}: ${messageOf(cause) || "no connection"}`;
	}
}

export interface HealthWait {
	url: string;
	/** Default 34, which take 15 s. */
	attempts?: number;
	/** Between two attempts, the first ones follow sooner; default 500. */
	everyMs?: number;
	sleep: (ms: number) => Promise<void>;
	/** False ends the wait: nobody is there to answer. */
	alive: () => boolean;
}

/** Undefined when it answers 200 in time, else what the last attempt came to. */
export async function waitForHealth({
	url,
	attempts = 34,
	everyMs = 500,
	sleep,
	alive,
}: HealthWait): Promise<string | undefined> {
	let fault: string | undefined = "it was not asked";
	for (let attempt = 0; attempt < attempts && alive(); attempt++) {
		fault = await healthFault(url);
		if (fault === undefined) return undefined;
		await sleep(Math.min(everyMs, 50 * 2 ** attempt));
	}
	return fault;
}
