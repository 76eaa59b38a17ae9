/** How a start is ended, and told of. */
export interface Starting {
	/** Ends the wait. */
	signal: AbortSignal;
	/** Called right before something is started: until then an end of the wait leaves nothing to be stopped. */
	begin: () => void;
	/** Told why it is not ready yet. */
	report: (text: string) => void;
}
