/** An answer in GitHub's error envelope. */
export class ApiError extends Error {
	readonly status: number;
	readonly errors: readonly object[] | undefined;
	readonly headers: Readonly<Record<string, string>>;

	constructor(status: number, message: string, more: { errors?: object[]; headers?: Record<string, string> } = {}) {
		super(message);
		this.status = status;
		this.errors = more.errors;
		this.headers = more.headers ?? {};
	}
}

/** What GitHub answers for what is not there, and for what the token may not see. */
export const notFound = (): ApiError => new ApiError(404, "Not Found");
