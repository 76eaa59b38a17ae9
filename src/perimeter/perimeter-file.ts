import { join } from "node:path";
import { UserError } from "../errors/errors.ts";
import { readUtf8IfExists } from "../system/encoding.ts";

/** docs/Perimeter.md of the project. */
export const perimeterPath = (root: string): string => join(root, "docs", "Perimeter.md");

/** @throws UserError perimeter_missing (usage), file_unusable */
export async function readPerimeter(root: string): Promise<string> {
	const text = await readUtf8IfExists(perimeterPath(root));
	if (text !== undefined) return text;
	throw new UserError("perimeter_missing", `${perimeterPath(root)} is not there`, {
		hint: "cres init writes one to fill in; it keeps every file that is there",
	});
}
