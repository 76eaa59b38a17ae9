/** HTTP status of the daemon's refusal. */
export const statusOf = (error: unknown): number | undefined => (error as { statusCode?: number }).statusCode;

/** These refusals mean that it is so already. */
export async function ignoring(statuses: readonly number[], call: Promise<unknown>): Promise<void> {
	await call.catch((error: unknown) => {
		if (!statuses.includes(statusOf(error) ?? 0)) throw error;
	});
}

/** Undefined for what the daemon does not know. */
export const orMissing = <T>(call: Promise<T>): Promise<T | undefined> =>
	call.catch((error: unknown) => {
		if (statusOf(error) === 404) return undefined;
		throw error;
	});
