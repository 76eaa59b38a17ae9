import { z } from "zod";
import { UserError, messageOf } from "../../errors/errors.ts";
import { redact } from "../../secrets/secret.ts";
import { jsonOf } from "../../system/json.ts";
import { wholeResponse, within } from "../../system/limits.ts";
import { pausing, retried } from "../../system/retry.ts";

/** Milliseconds. */
export interface AskLimits {
	/** A whole answer. */
	answerMs: number;
	/** Before the second try; before the third one twice that. */
	pauseMs: number;
}

const LIMITS: AskLimits = { answerMs: 30_000, pauseMs: 1_000 };
const TRIES = 3;
/** An entry with our longest statement, and the proof that it is in the log, has 40 kB. */
const MOST_BYTES = 1 << 20;

/** One question. The credential in it goes to the origin of `url` alone: no redirect is followed. */
export interface Question<T> {
	/** As a message names who is asked. */
	of: string;
	url: URL;
	method?: "GET" | "POST";
	headers?: Record<string, string>;
	/** Sent as JSON. */
	body?: unknown;
	schema: z.ZodType<T>;
	/** Answers a status that is no success by another question. */
	instead?: (response: Response) => Question<T> | undefined;
}

export interface AskPorts {
	signal: AbortSignal;
	limits?: AskLimits;
}

/**
 * The answer to a question, in JSON, within time and size; silence, 408, 429 and 5xx are asked again, twice.
 * @throws UserError keyless_unreachable, keyless_refused
 */
export async function ask<T>({ signal, limits = LIMITS }: AskPorts, question: Question<T>): Promise<T> {
	const response = await retried(
		() => exchange(question, limits, signal),
		(outcome, tries) => {
			const again = outcome.ok ? isPassing(outcome.value.status) : !signal.aborted;
			return again && tries < TRIES ? limits.pauseMs * tries : undefined;
		},
		pausing(signal),
	).catch((error: unknown) => {
		signal.throwIfAborted();
		throw unreachable(question, reasonOf(error), error);
	});
	if (response.ok) return answerIn(question, await response.text());
	const other = question.instead?.(response);
	if (other) return ask({ signal, limits }, other);
	const why = `HTTP ${response.status}${saidIn(await response.text())}`;
	throw isPassing(response.status) ? unreachable(question, why) : refused(question, why);
}

const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

const exchange = <T>(
	{ url, method = "GET", headers, body }: Question<T>,
	{ answerMs }: AskLimits,
	signal: AbortSignal,
): Promise<Response> =>
	within(answerMs, signal, async (ended) => {
		const sent = body === undefined ? {} : { body: JSON.stringify(body) };
		const type = body === undefined ? {} : { "content-type": "application/json" };
		const init = { method, headers: { accept: "application/json", ...type, ...headers }, ...sent };
		return wholeResponse(await fetch(url, { ...init, redirect: "manual", signal: ended }), MOST_BYTES);
	});

function answerIn<T>(question: Question<T>, text: string): T {
	const parsed = question.schema.safeParse(jsonOf(text));
	if (parsed.success) return parsed.data;
	throw unreachable(question, "what is answered has another form");
}

/** What fetch throws says why in its cause. */
const reasonOf = (error: unknown): string =>
	messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);

const saying = z.object({ message: z.string() });

/** How a service explains a refusal, on one line. A secret in it must go before it is cut: of its half none is known. */
function saidIn(text: string): string {
	const said = redact(saying.safeParse(jsonOf(text)).data?.message ?? "")
		.replaceAll(/\s+/g, " ")
		.trim();
	return said === "" ? "" : `: ${said.length > 200 ? `${said.slice(0, 200)}…` : said}`;
}

const unreachable = ({ of, url }: Question<unknown>, why: string, cause?: unknown) =>
	new UserError("keyless_unreachable", `${of} at ${url.origin} does not answer: ${why}`, {
		hint: "run the command again; what was signed before stays",
		cause,
	});

const refused = ({ of, url }: Question<unknown>, why: string) =>
	new UserError("keyless_refused", `${of} at ${url.origin} refuses: ${why}`, {
		hint: "look at what it says; cres guide attestations tells what keyless signing needs",
	});
