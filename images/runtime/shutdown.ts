import { constants } from "node:os";

/**
 * Aborts on the first SIGTERM or SIGINT. The second one ends the process at once: as process 1 of a container
 * it would otherwise be ignored.
 */
export function shutdownSignal(announce: (signal: NodeJS.Signals) => void): AbortSignal {
	const controller = new AbortController();
	const stop = (signal: NodeJS.Signals): void => {
		if (controller.signal.aborted) process.exit(128 + constants.signals[signal]);
		announce(signal);
		controller.abort(new Error(`stopped by ${signal}`));
	};
	process.on("SIGTERM", stop).on("SIGINT", stop);
	return controller.signal;
}
