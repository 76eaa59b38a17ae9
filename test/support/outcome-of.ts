import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

export interface Outcome {
	/** Null where a signal ended it. */
	exitCode: number | null;
	stdout: string;
	stderr: string;
}

/** What a program has printed when it has ended, and its exit code; both its outputs are pipes. */
export async function outcomeOf(child: ChildProcess & { stdout: Readable; stderr: Readable }): Promise<Outcome> {
	const [stdout, stderr, [exitCode]] = await Promise.all([
		text(child.stdout),
		text(child.stderr),
		once(child, "close"),
	]);
	return { exitCode: exitCode as number | null, stdout, stderr };
}
