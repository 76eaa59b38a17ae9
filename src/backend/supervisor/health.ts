import { request } from "node:http";
import { messageOf } from "../../errors/errors.ts";
import type { Clock } from "../../system/clock.ts";
import { until } from "../../system/until.ts";

const ANSWER_MS = 2_000;

/** Undefined when a GET is answered 200 within 2 s, else why it is not. Its connection is closed: none is left to wait for. */
export async function healthFault(url: string): Promise<string | undefined> {
	try {
		const status = await statusOf(url);
		return status === 200 ? undefined : `${url} answers ${status}`;
	} catch (error) {
		return `${url}: ${messageOf(error) || "no connection"}`;
	}
}

function statusOf(url: string): Promise<number | undefined> {
	return new Promise((resolve, reject) => {
		const signal = AbortSignal.timeout(ANSWER_MS);
		const asked = request(url, { agent: false, signal }, (response) => {
			response.destroy();
			resolve(response.statusCode);
		});
		asked.on("error", (error) => reject(signal.aborted ? new Error(`no answer in ${ANSWER_MS / 1_000} s`) : error));
		asked.end();
	});
}

export interface HealthWait {
	url: string;
	/** Attempts and the pauses between them, together. */
	withinMs: number;
	clock: Pick<Clock, "sleep">;
	/** False ends the wait: nobody is there to answer. */
	alive: () => boolean;
}

/** Undefined when it answers 200 in time, else what the last attempt came to. */
export async function waitForHealth({ url, withinMs, clock, alive }: HealthWait): Promise<string | undefined> {
	let fault: string | undefined = "it was not asked";
	await until(clock, { everyMs: 500, firstMs: 50, withinMs }, async () => {
		if (!alive()) return true;
		fault = await healthFault(url);
		return fault === undefined || undefined;
	});
	return fault;
}
