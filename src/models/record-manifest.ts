import type { Config } from "../config/config.ts";
import { withModelsManifest } from "../config/edit.ts";
import { writeDurably } from "../system/durable-files.ts";
import { readTextIfExists } from "../system/files.ts";

/** Writes the sha256 of the manifest into cres.yaml; false when it stands there already. */
export async function recordManifest(
	{ file, models }: Pick<Config, "file" | "models">,
	sha256: string,
): Promise<boolean> {
	if (models.manifest === sha256) return false;
	await writeDurably(file, withModelsManifest((await readTextIfExists(file)) ?? "", sha256));
	return true;
}
