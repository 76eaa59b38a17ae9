import { NativeConnection } from "@temporalio/worker";
import { connectionOptions } from "./connection.ts";
import { connectWithRetry, type RetryOptions } from "./retry.ts";

/**
 * A worker's connection.
 * @throws UnreachableError after the last attempt, the signal's reason when aborted
 */
export const connectWorker = (options: RetryOptions): Promise<NativeConnection> =>
	connectWithRetry(() => NativeConnection.connect(connectionOptions(options)), options);
