import type { Store } from "../store/store.ts";
import type { Progress } from "../system/progress.ts";
import type { Temporal } from "../temporal/temporal.ts";

/** One thing that first use needs. */
export interface Prepared {
	item: "temporal-namespace" | "bucket";
	name: string;
	at: string;
	state: "present" | "created" | "missing";
}

/** Makes the Temporal namespace and the bucket unless they exist; with `dryRun` it only looks. */
export async function prepare(
	ports: { temporal: Temporal; store: Store; progress: Progress },
	dryRun: boolean,
): Promise<Prepared[]> {
	const { temporal, store, progress } = ports;
	const stateOf = async (exists: () => Promise<boolean>, make: () => Promise<boolean>): Promise<Prepared["state"]> => {
		if (dryRun) return (await exists()) ? "present" : "missing";
		return (await make()) ? "created" : "present";
	};
	const [namespace, bucket] = await Promise.all([
		progress.step(`Temporal namespace ${temporal.namespace}`, () =>
			stateOf(
				() => temporal.namespaceExists(),
				() => temporal.prepareNamespace(),
			),
		),
		progress.step(`bucket ${store.bucket}`, () =>
			stateOf(
				() => store.bucketExists(),
				() => store.prepareBucket(),
			),
		),
	]);
	return [
		{ item: "temporal-namespace", name: temporal.namespace, at: temporal.address, state: namespace },
		{ item: "bucket", name: store.bucket, at: store.endpoint, state: bucket },
	];
}
