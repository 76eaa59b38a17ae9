import { setTimeout as delay } from "node:timers/promises";
import { ApiError } from "./api-error.ts";
import type { FaultName } from "./faults.ts";
import type { World } from "./state.ts";

const SLOW_MS = 3_000;

/** An answer as it goes out. */
export interface Sent {
	status: number;
	body?: unknown;
	headers?: Record<string, string>;
	/** The connection ends: before anything is sent, or in the middle. */
	broken?: "before" | "middle";
}

/** What a fine-grained token is answered that lacks the permissions `needs`. */
export const notAccessible = (needs: string) =>
	new ApiError(403, "Resource not accessible by personal access token", {
		headers: { "x-accepted-github-permissions": needs },
	});

/** What each answer says of the hour. */
export const limits = ({ remaining }: Pick<World, "remaining">, resetMs = 3_600_000): Record<string, string> => ({
	"x-ratelimit-limit": "5000",
	"x-ratelimit-remaining": String(remaining),
	"x-ratelimit-used": String(5_000 - remaining),
	"x-ratelimit-reset": String(Math.floor((Date.now() + resetMs) / 1000)),
	"x-ratelimit-resource": "core",
});

const DOCUMENTATION = "https://docs.github.com/rest";

/** The body of a refusal. */
export const envelope = ({ message, errors, status }: ApiError) => ({
	...{ message, documentation_url: DOCUMENTATION, status: String(status) },
	...(errors ? { errors } : {}),
});

/** The answer that an error stands for. */
export const failure = (error: ApiError): Sent => ({
	status: error.status,
	body: envelope(error),
	headers: { ...error.headers },
});

const HTML = "<html><head><title>Unicorn!</title></head><body>Unicorn!</body></html>";
const HTML_HEADERS = { "content-type": "text/html; charset=utf-8" };
const SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

/** What a fault answers in place of the route; undefined when none happens. */
export async function replyInstead(happens: (name: FaultName) => boolean, world: World): Promise<Sent | undefined> {
	if (happens("slow")) await delay(SLOW_MS);
	if (happens("server-error")) return failure(new ApiError(500, "Server Error"));
	if (happens("bad-gateway")) return { status: 502, body: HTML, headers: HTML_HEADERS };
	if (happens("unavailable")) return failure(new ApiError(503, "Service Unavailable"));
	if (happens("bad-credentials")) return failure(new ApiError(401, "Bad credentials"));
	if (happens("forbidden")) return failure(notAccessible("actions=read"));
	if (happens("rate-limited")) return spent(1_000);
	if (happens("rate-limited-long")) return spent(40 * 60_000);
	if (happens("secondary-limited")) return failure(new ApiError(403, SECONDARY, { headers: { "retry-after": "1" } }));
	if (happens("too-many")) return failure(new ApiError(429, SECONDARY, { headers: { "retry-after": "1" } }));
	if (happens("html-body")) return { status: 200, body: HTML, headers: HTML_HEADERS };
	if (happens("other-shape")) return { status: 200, body: { unexpected: true }, headers: limits(world) };
	if (happens("sent-elsewhere"))
		return { status: 301, body: {}, headers: { location: "https://elsewhere.example/repos" } };
	return undefined;
}

const spent = (resetMs: number): Sent =>
	failure(new ApiError(403, "API rate limit exceeded for user ID 1.", { headers: limits({ remaining: 0 }, resetMs) }));
