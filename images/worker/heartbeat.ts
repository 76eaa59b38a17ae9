import { Context } from "@temporalio/activity";
import { bytesIn } from "./bytes-in.ts";

/** Milliseconds; cancellation reaches an activity only in answer to a heartbeat. */
const INTERVAL = 3_000;

export interface Heartbeat<Done = unknown> {
	/** What the activity is doing now. */
	readonly stage: string;
	/** Tells the server of a new stage, and of what the next attempt need not do again. */
	enter(stage: string, done?: Done): void;
	/** What attempts before this one have done; whoever reads it checks it. */
	readonly before: unknown;
	stop(): void;
}

/** Reports stage, seconds so far, bytes in the scratch directory and what is done, until stopped. */
export function heartbeat<Done = unknown>(directory?: string): Heartbeat<Done> {
	const context = Context.current();
	const started = Date.now();
	const before = (context.info.heartbeatDetails as { done?: unknown } | undefined)?.done;
	let current = { stage: "start", done: before };
	let stopped = false;
	const beat = async (): Promise<void> => {
		const bytes = directory === undefined ? undefined : await bytesIn(directory).catch(() => undefined);
		if (stopped) return;
		const seconds = Math.round((Date.now() - started) / 1_000);
		context.heartbeat({ ...current, seconds, ...(bytes === undefined ? {} : { bytes }) });
	};
	const timer = setInterval(() => void beat(), INTERVAL);
	return {
		before,
		get stage() {
			return current.stage;
		},
		enter(stage, done) {
			current = { stage, done: done ?? current.done };
			context.heartbeat({ ...current, seconds: Math.round((Date.now() - started) / 1_000) });
		},
		stop() {
			stopped = true;
			clearInterval(timer);
		},
	};
}
