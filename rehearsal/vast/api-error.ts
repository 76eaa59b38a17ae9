/** A reply in the platform's error envelope. */
export class ApiError extends Error {
	readonly status: number;
	readonly code: string;
	/** Further members of the body. */
	readonly more: Readonly<Record<string, unknown>>;

	constructor(status: number, code: string, message: string, more: Readonly<Record<string, unknown>> = {}) {
		super(message);
		this.status = status;
		this.code = code;
		this.more = more;
	}
}
