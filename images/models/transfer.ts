import type { Log } from "../runtime/logger.ts";

const REPORT_EVERY_MS = 3_000;

/** Progress of several files at once. */
export interface Transfer extends Disposable {
	/** Bytes of a file that are on disk now. */
	at(path: string, bytes: number): void;
}

/** Logs every few seconds how far the files are, how fast, and how long it will take. */
export function startTransfer(log: Log, total: number, everyMs = REPORT_EVERY_MS): Transfer {
	const files = new Map<string, number>();
	const done = () => [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
	let [lastMs, lastDone] = [performance.now(), 0];
	const timer = setInterval(() => {
		const [nowMs, now] = [performance.now(), done()];
		const bytesPerSecond = Math.max(0, Math.round(((now - lastDone) * 1000) / (nowMs - lastMs)));
		[lastMs, lastDone] = [nowMs, now];
		log("INFO", `models: ${progressText(now, total, bytesPerSecond)}`, { done: now, total, bytesPerSecond });
	}, everyMs);
	return {
		at: (path, bytes) => {
			// What an earlier run left is no speed of this one.
			if (!files.has(path)) lastDone += bytes;
			files.set(path, bytes);
		},
		[Symbol.dispose]: () => clearInterval(timer),
	};
}

/** `45.2 of 145.2 MB (31 %), 12.3 MB/s, 8 s left`; megabytes are 10^6 bytes. */
export function progressText(done: number, total: number, bytesPerSecond: number): string {
	const left = bytesPerSecond > 0 ? `${Math.ceil((total - done) / bytesPerSecond)} s left` : "standing still";
	const percent = Math.floor((100 * done) / total);
	return `${megabytes(done)} of ${megabytes(total)} MB (${percent} %), ${megabytes(bytesPerSecond)} MB/s, ${left}`;
}

/** Bytes as a number of megabytes with one decimal. */
export const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
