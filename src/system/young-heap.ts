import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** Bytes of the space for new objects; both of its halves. */
const ENOUGH = 16 * 1024 * 1024;
let isKept = false;

/**
 * Keeps V8's space for new objects from growing further once it has 16 MiB. Left alone it grows to 96 MiB for work that
 * makes many objects, and runs no faster for it. The flag is read each time that the space would grow, unlike
 * `--max-semi-space-size`, which counts at the start alone; a V8 that does not know it says so on stderr and goes on.
 */
export function keepYoungHeap(): void {
	if (isKept) return;
	const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space");
	if (young === undefined || young.space_size < ENOUGH) return;
	setFlagsFromString("--semi-space-growth-factor=1");
	isKept = true;
}
