/** Why a model could not be had. The first four are for whoever publishes models, disk-full for whoever rents the box. */
export type ModelFault =
	| "manifest-invalid"
	| "source-missing"
	| "size-mismatch"
	| "checksum-mismatch"
	| "source-refused"
	| "source-unreachable"
	| "disk-full";

/** The message names the file or the source and what was seen. */
export class ModelError extends Error {
	override readonly name = "ModelError";
	readonly fault: ModelFault;

	constructor(fault: ModelFault, message: string, cause?: unknown) {
		super(message, cause === undefined ? undefined : { cause });
		this.fault = fault;
	}
}

/** undici hides the reason of "fetch failed" and "terminated" one level down. */
export function reasonOf(error: unknown): string {
	const inner = (error as { cause?: unknown } | null)?.cause ?? error;
	return (inner instanceof Error ? inner.message || inner.name : String(inner)) || "no reason given";
}
