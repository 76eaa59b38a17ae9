import { constants } from "node:os";
import { SERVICE_MARK, stopChannel } from "../../src/contracts/stop-channel.ts";
import { listenForStop } from "./stop-channel.ts";

/**
 * Aborts on the first SIGTERM or SIGINT, on Windows also when cres says so. The second one ends the process at once: as
 * process 1 of a container it would otherwise be ignored.
 */
export function shutdownSignal(announce: (signal: NodeJS.Signals) => void): AbortSignal {
	const controller = new AbortController();
	const stop = (signal: NodeJS.Signals): void => {
		if (controller.signal.aborted) process.exit(128 + constants.signals[signal]);
		announce(signal);
		controller.abort(new Error(`stopped by ${signal}`));
	};
	process.on("SIGTERM", stop).on("SIGINT", stop);
	const mark = process.env[SERVICE_MARK];
	if (process.platform === "win32" && mark !== undefined) listenForStop(stopChannel(mark), () => stop("SIGTERM"));
	return controller.signal;
}
