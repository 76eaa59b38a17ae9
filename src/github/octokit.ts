import type { Octokit } from "@octokit/rest";
import { randomUUID } from "node:crypto";
import type { Secret } from "../secrets/secret.ts";
import { seconds } from "../system/text.ts";

export interface OctokitOptions {
	/** Base of the REST API, without a slash at its end. */
	baseUrl: string;
	token: Secret | undefined;
	fetch: typeof fetch;
	/** Unit of the pauses between two tries of a read that failed, in milliseconds: 1, 4 and 9 of them. */
	retryMs: number;
	/** A limit of GitHub that lasts longer is not waited for; seconds. */
	longestWaitS: number;
	/** Told once for each wait. */
	note: (text: string) => void;
}

/** Answers that another try does not change. 429 belongs to the throttling. */
const FINAL = [304, 400, 401, 403, 404, 409, 410, 422, 429, 451];
const MOST_WAITS = 2;

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Octokit that asks again where GitHub failed, and waits where GitHub asks to. Nothing is sent before its first call.
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export async function openOctokit(options: OctokitOptions): Promise<Octokit> {
	const [{ Octokit: Plain }, { retry }, { throttling }] = await Promise.all([
		import("@octokit/rest"),
		import("@octokit/plugin-retry"),
		import("@octokit/plugin-throttling"),
	]);
	const { baseUrl, token, note, retryMs, longestWaitS } = options;
	const waits =
		(limit: string) =>
		(waitS: number, _of: object, _octokit: unknown, waited: number): boolean => {
			const isShort = waitS <= longestWaitS && waited < MOST_WAITS;
			if (isShort) note(`GitHub's ${limit} is reached: going on in ${seconds(waitS * 1000)}`);
			return isShort;
		};
	return new (Plain.plugin(retry, throttling))({
		baseUrl,
		log: quiet,
		...(token ? { auth: token.reveal() } : {}),
		request: { fetch: options.fetch },
		retry: { doNotRetry: FINAL, retryAfterBaseValue: retryMs },
		throttle: {
			id: randomUUID(),
			onRateLimit: waits("rate limit"),
			onSecondaryRateLimit: waits("secondary rate limit"),
		},
	}) as unknown as Octokit;
}

/** Octokit for one question to an API root, which is not asked twice. */
export async function openOnce({ baseUrl, token, fetch }: Pick<OctokitOptions, "baseUrl" | "token" | "fetch">) {
	const { Octokit: Plain } = await import("@octokit/rest");
	return new Plain({ baseUrl, log: quiet, ...(token ? { auth: token.reveal() } : {}), request: { fetch } });
}
