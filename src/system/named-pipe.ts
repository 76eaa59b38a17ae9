import { connect } from "node:net";

const ANSWER_MS = 2_000;

/** Where a program of ours waits on Windows to be told to end: as src/contracts/stop-channel.ts has it. */
export const stopPipe = (mark: string): string => String.raw`\\.\pipe\cres-stop-${mark}`;

/** Writes a word to whoever listens at a named pipe, or a socket of Unix; false when nobody takes it within 2 s. */
export function sayAt(path: string, word: string): Promise<boolean> {
	const { promise, resolve } = Promise.withResolvers<boolean>();
	const socket = connect({ path, timeout: ANSWER_MS });
	socket.on("error", () => resolve(false));
	socket.on("timeout", () => resolve(false));
	socket.on("connect", () => socket.end(word, () => resolve(true)));
	return promise.finally(() => socket.destroy());
}
