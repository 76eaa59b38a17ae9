/** What a program needs did not do its part; the message may be shown to whoever asked and holds no secret. */
export class DependencyError extends Error {
	override readonly name = "DependencyError";
	constructor(message: string, cause?: unknown) {
		super(message, { cause });
	}
}
