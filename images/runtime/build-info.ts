import { readFile } from "node:fs/promises";
import { type BuildInfo, buildInfoSchema } from "../../src/contracts/build-info.ts";

/** What the image says it is. Throws when the file is missing or not what `cres build` writes. */
export async function readBuildInfo(path: string): Promise<BuildInfo> {
	return buildInfoSchema.parse(JSON.parse(await readFile(path, "utf8")));
}
