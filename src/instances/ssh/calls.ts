import type { ClientChannel } from "ssh2";
import { codeOf } from "../../errors/errors.ts";
import { readBytes } from "../../system/limits.ts";

/** What one call over a connection may take. */
export interface CallLimits {
	/** Milliseconds until a channel is open. */
	openMs: number;
	/** Milliseconds until a program has ended. */
	execMs: number;
	/** Bytes that a program may print on each of its streams. */
	execBytes: number;
}

export const CALL_LIMITS: CallLimits = { openMs: 20_000, execMs: 60_000, execBytes: 16 << 20 };

/** What a caller knows better than the connection. */
export interface ExecOptions {
	/** Milliseconds until the program has ended, where that is its work. */
	timeoutMs?: number;
	signal?: AbortSignal;
	/** What the program reads, as soon as it is known; nothing when that fails. */
	input?: Promise<string>;
}

/** What a program left. */
export interface RemoteResult {
	exitCode: number;
	stdout: string;
	stderr: string;
}

export type Start = (done: (error: Error | undefined, channel: ClientChannel) => void) => void;

/** A channel; one that comes when nobody waits any more is closed. */
export const opened = (start: Start, ended: AbortSignal): Promise<ClientChannel> =>
	new Promise((resolve, reject) =>
		start((error, channel) => {
			if (error) return reject(error);
			if (ended.aborted) return channel.close();
			resolve(channel);
		}),
	);

/** Whether a call ended by one of its limits. */
export const hasLimit = (error: unknown): boolean => ["ETIMEDOUT", "EMSGSIZE"].includes(codeOf(error) ?? "");

/** What a program prints until it ends; rejects when that is more than `most` bytes on a stream. */
export async function collect(channel: ClientChannel, most: number): Promise<RemoteResult> {
	const ended = new Promise<number>((resolve, reject) =>
		channel.on("error", reject).on("close", (code: number | null) => resolve(code ?? 255)),
	);
	const texts = Promise.all([readBytes(channel, most), readBytes(channel.stderr, most)]);
	const [exitCode, [stdout, stderr]] = await Promise.all([ended, texts]);
	return { exitCode, stdout: stdout.toString("utf8"), stderr: stderr.toString("utf8") };
}
