import { fail, ok, type Check } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";

/** Whether the object store takes the keys and has the bucket. */
export const storeChecks = ({ config, ...ports }: Pick<DoctorPorts, "config" | "store">): Check[] => {
	const { endpoint, bucket } = config.store;
	return [
		{
			name: "store",
			fix: `check store.endpoint (${endpoint}) and store.secure in cres.yaml and that the store runs`,
			async run() {
				const store = await ports.store();
				if (await store.bucketExists()) return ok(`${endpoint} takes the keys and has bucket ${bucket}`);
				return fail(`${endpoint} has no bucket ${bucket}`, "cres control prepare");
			},
		},
	];
};
