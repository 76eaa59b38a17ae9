import { request } from "node:http";
import { messageOf } from "../../errors/errors.ts";

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
	/** Pauses between attempts, together; the first ones are shorter than the 0.5 s of the others. */
	withinMs: number;
	sleep: (ms: number) => Promise<void>;
	/** False ends the wait: nobody is there to answer. */
	alive: () => boolean;
}

/** Undefined when it answers 200 in time, else what the last attempt came to. */
export async function waitForHealth({ url, withinMs, sleep, alive }: HealthWait): Promise<string | undefined> {
	let fault: string | undefined = "it was not asked";
	for (let [waited, pause] = [0, 25]; waited < withinMs && alive(); waited += pause) {
		fault = await healthFault(url);
		if (fault === undefined) return undefined;
		pause = Math.min(500, pause * 2);
		await sleep(pause);
	}
	return fault;
}
