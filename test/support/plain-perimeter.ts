import { perimeterSection } from "../../src/contracts/perimeter.ts";

/** A docs/Perimeter.md that allows every server that a test names, also in clear. */
export const PLAIN_PERIMETER = perimeterSection("allowed", [
	["0.0.0.0/0", "", "plain: allowed because it is this machine, or nobody"],
	["*.test", "", "plain: allowed because it is nobody"],
]);
