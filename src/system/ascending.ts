/** How many of the ascending numbers are at most `limit`: behind the last of them, `limit` would stand. */
export function countUpTo(ascending: ArrayLike<number>, limit: number): number {
	let [low, high] = [0, ascending.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if (ascending[middle]! <= limit) low = middle + 1;
		else high = middle;
	}
	return low;
}
