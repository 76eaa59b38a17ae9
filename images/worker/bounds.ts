import { statfs } from "node:fs/promises";
import { FAILURES } from "../../src/contracts/task-names.ts";
import { type Range, refusalOf } from "../runtime/ranges.ts";
import { bytesIn } from "./bytes-in.ts";
import type { EgressFault, EgressOptions } from "./egress-gate.ts";
import { openEgress } from "./egress.ts";
import { diskFull, final } from "./failure.ts";

/** What the programs of one job may take. */
export interface Bounds {
	/** Addresses that are reached although they are not public. */
	allow: readonly Range[];
	/** Bytes over the network. On the disk twice as many may lie: parts, and what they are joined to. */
	maxBytes: number;
	maxSeconds: number;
	/** Bytes that stay free on the worker's disk. */
	minFreeBytes: number;
}

/** What programs are given so that the bounds hold. */
export interface Bounded {
	/** Aborted with the failure that the job ends with. */
	signal: AbortSignal;
	/** Address of the proxy that all their traffic must use. */
	proxy: string;
	/** The same for programs that read it from the environment. */
	variables: Record<string, string>;
}

/** Milliseconds between two looks at the disk. */
const LOOK_EVERY = 1_000;

/**
 * Runs `work`, which gives `directory` to programs, within the bounds.
 * @throws ApplicationFailure AddressRefused, VideoTooLarge, DownloadTooSlow (final), DiskFull
 */
export async function withinBounds<T>(
	bounds: Bounds,
	{ directory, signal }: { directory: string; signal: AbortSignal },
	work: (bounded: Bounded) => Promise<T>,
	resolve?: EgressOptions["resolve"],
): Promise<T> {
	const { allow, maxBytes, maxSeconds } = bounds;
	const stop = new AbortController();
	const onFault = ({ kind, message }: EgressFault): void =>
		stop.abort(final(kind === "address" ? FAILURES.address : FAILURES.tooLarge, message));
	await using egress = await openEgress({ refusal: refusalOf(allow), maxBytes, onFault, ...(resolve && { resolve }) });
	const slow = setTimeout(
		() => stop.abort(final(FAILURES.tooSlow, `it took more than ${maxSeconds} s`)),
		maxSeconds * 1_000,
	);
	const look = async (): Promise<void> => {
		const fault = await diskFault(directory, bounds);
		if (fault) stop.abort(fault);
	};
	const looking = setInterval(() => void look().catch(() => {}), LOOK_EVERY);
	try {
		await look();
		stop.signal.throwIfAborted();
		const bounded = AbortSignal.any([signal, stop.signal]);
		const result = await work({ signal: bounded, proxy: egress.url, variables: variablesOf(egress.url) });
		stop.signal.throwIfAborted();
		return result;
	} catch (error) {
		signal.throwIfAborted();
		// What a program says of a connection that was cut is not the reason.
		stop.signal.throwIfAborted();
		throw error;
	} finally {
		clearTimeout(slow);
		clearInterval(looking);
	}
}

/** What is wrong on the disk, by what lies in the job's directory and what is left beside it. */
async function diskFault(
	directory: string,
	{ maxBytes, minFreeBytes }: Bounds,
): Promise<ReturnType<typeof final> | undefined> {
	const { bavail, bsize } = await statfs(directory);
	if (bavail * bsize < minFreeBytes)
		return diskFull(`less than ${megabytes(minFreeBytes)} would be left on the worker's disk`);
	const bytes = await bytesIn(directory).catch(() => undefined);
	if (bytes === undefined)
		return final(FAILURES.tooLarge, "a folder that the download has made may not be read: its bytes do not count");
	if (bytes <= 2 * maxBytes) return undefined;
	return final(FAILURES.tooLarge, `more than ${megabytes(2 * maxBytes)} were written`);
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

const variablesOf = (proxy: string): Record<string, string> =>
	Object.fromEntries(["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"].map((name) => [name, proxy]));
