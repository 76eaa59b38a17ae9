import { hasCode } from "../errors/errors.ts";
import type { Ask } from "./calls.ts";

const RETENTION_SECONDS = 72 * 3600;

/** What is asked about the namespace. */
export interface NamespaceCalls {
	/** Makes the namespace unless it exists; true when it was made. */
	prepareNamespace(): Promise<boolean>;
	namespaceExists(): Promise<boolean>;
}

/** Those of WorkflowService for the namespace. */
export function namespaceCalls(ask: Ask, namespace: string): NamespaceCalls {
	const namespaceExists = () =>
		ask(async (service) => {
			await service.describeNamespace({ namespace });
			return true;
		}).catch((error: unknown) => {
			if (hasCode(error, "temporal_namespace_missing")) return false;
			throw error;
		});
	return {
		namespaceExists,
		async prepareNamespace() {
			if (await namespaceExists()) return false;
			await ask((service) =>
				service.registerNamespace({
					namespace,
					workflowExecutionRetentionPeriod: { seconds: RETENTION_SECONDS as never },
				}),
			);
			return true;
		},
	};
}
