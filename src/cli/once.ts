/** The same promise for the same argument. */
export function once<A extends readonly string[], T>(make: (...key: A) => Promise<T>): (...key: A) => Promise<T> {
	const made = new Map<string, Promise<T>>();
	return (...key) => {
		const found = made.get(key.join()) ?? make(...key);
		made.set(key.join(), found);
		return found;
	};
}
