import type { Config } from "../config/config.ts";
import { withModelsManifest } from "../config/edit.ts";
import { editConfig } from "../config/edit-file.ts";

/** Writes the sha256 of the manifest into cres.yaml; false when it stands there already. */
export async function recordManifest(
	{ file, models }: Pick<Config, "file" | "models">,
	sha256: string,
): Promise<boolean> {
	if (models.manifest === sha256) return false;
	return editConfig(file, (text) => withModelsManifest(text, sha256));
}
