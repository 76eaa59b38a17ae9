/** How a start is ended, and told of. */
export interface Starting {
	/** Ends the wait. */
	signal: AbortSignal;
	/** Told why it is not ready yet. */
	report: (text: string) => void;
}
