/** What a program needs did not do its part; the message may be shown to whoever asked and holds no secret. */
export class DependencyError extends Error {
	override readonly name = "DependencyError";
	/** Of an answer over HTTP; undefined where none came. */
	readonly status: number | undefined;

	constructor(message: string, { cause, status }: { cause?: unknown; status?: number | undefined } = {}) {
		super(message, { cause });
		this.status = status;
	}
}
