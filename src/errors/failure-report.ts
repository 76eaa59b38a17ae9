/** What people are told of what failed. */
export interface FailureReport {
	message: string;
	/** Empty where there is nothing to do. */
	hint: string;
	code: string;
}
