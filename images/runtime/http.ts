import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { readText } from "./limits.ts";

/** Bytes of the largest answer: what was said in some hours, with the times of its words. */
const MOST_BYTES = 64 << 20;
/** An answer that has begun is whole within so many milliseconds. */
const BODY_LIMIT = 60_000;

export interface Answer {
	status: number;
	/** Seconds of a Retry-After header. */
	retryAfter: number | undefined;
	text: string;
}

export interface Body {
	contentType: string;
	content: string | Readable;
}

/**
 * Sends a request and reads the answer. Unlike fetch it waits for the first byte as long as an engine may think, which
 * the signal limits; an answer that has begun must be whole in a minute.
 */
export async function send(
	url: URL,
	body: Body | undefined,
	signal: AbortSignal,
	bodyLimit = BODY_LIMIT,
): Promise<Answer> {
	const request = (url.protocol === "https:" ? overHttps : overHttp)(url, {
		method: body ? "POST" : "GET",
		headers: body ? { "content-type": body.contentType } : {},
		agent: false,
		signal,
	});
	const answered = new Promise<Answer>((resolve, reject) => {
		request.on("error", reject).on("response", (response) => {
			const retryAfter = Number(response.headers["retry-after"]) || undefined;
			const late = new Error(`no whole answer in ${bodyLimit / 1_000} s`);
			const timer = setTimeout(() => response.destroy(late), bodyLimit);
			readText(response, MOST_BYTES)
				.then((text) => resolve({ status: response.statusCode!, retryAfter, text }), reject)
				.finally(() => clearTimeout(timer));
		});
	});
	if (!(body?.content instanceof Readable)) request.end(body?.content);
	// A server that refuses a body answers before it has read all of it: what it says counts more than the broken pipe.
	else pipeline(body.content, request).catch(() => {});
	return answered;
}

/** A body of application/json. */
export const json = (value: unknown): Body => ({ contentType: "application/json", content: JSON.stringify(value) });

/** Fields and one file, which is streamed from the disk, as multipart/form-data (RFC 7578). */
export function form(fields: readonly (readonly [string, string])[], file: { name: string; path: string }): Body {
	const boundary = `cres-${randomBytes(16).toString("hex")}`;
	const head = (disposition: string) => `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n`;
	async function* parts() {
		for (const [name, value] of fields) yield `${head(`name="${name}"`)}\r\n${value}\r\n`;
		yield `${head(`name="file"; filename="${file.name}"`)}Content-Type: application/octet-stream\r\n\r\n`;
		yield* createReadStream(file.path);
		yield `\r\n--${boundary}--\r\n`;
	}
	return {
		contentType: `multipart/form-data; boundary=${boundary}`,
		content: Readable.from(parts(), { objectMode: false }),
	};
}

const errorSchema = z.object({ error: z.object({ message: z.string() }) });

/** The message of an OpenAI-style error, else the beginning of the text. */
export function messageIn(text: string): string {
	const parsed = errorSchema.safeParse(parseJson(text));
	return parsed.success ? parsed.data.error.message : text.trim().slice(0, 300);
}

/** Undefined where it is none. */
export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
