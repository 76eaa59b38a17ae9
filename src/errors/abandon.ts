/** Closes what `opening` opens, be it later: for when what needed it has failed already. */
export function abandon<T>(opening: Promise<T>, close: (opened: T) => void): void {
	void opening.then(close, () => {});
}
