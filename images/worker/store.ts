import { FAILURES } from "../../src/contracts/task-names.ts";
import type { Settings } from "../runtime/settings.ts";
import { openStore, type Store as Bucket } from "../runtime/store.ts";
import { diskFull, isDiskFull, passing } from "./failure.ts";

/** What activities ask of the bucket. Calls reject with ApplicationFailure StoreUnavailable, or DiskFull. */
export type Store = Omit<Bucket, "check" | "open" | "close">;

/** The bucket of an S3 server, for activities. The first call connects. */
export const s3Store = (settings: Settings["store"]): Store =>
	openStore(settings, {
		failure: ({ message, cause }) =>
			isDiskFull(message) ? diskFull(message) : passing(FAILURES.store, message, cause),
	});
