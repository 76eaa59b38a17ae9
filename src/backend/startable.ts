import { UserError } from "../errors/errors.ts";
import { readSettings } from "./open.ts";
import type { BackendPlace } from "./place.ts";
import type { BackendPorts } from "./ports.ts";

/**
 * Refuses what cannot be started before anything is written.
 * @throws UserError backend_unsupported, backend_config_missing, backend_config_invalid (usage)
 */
export async function assertStartable(
	{ platform }: Pick<BackendPorts, "platform">,
	place: BackendPlace,
): Promise<void> {
	// Elsewhere no process shows its mark: what a killed server leaves behind could not be found.
	if (platform !== "linux")
		throw new UserError("backend_unsupported", `a backend runs on Linux, and this is ${platform}`, {
			hint: "start it on a Linux machine; cres backend gateway prints its nginx configuration anywhere",
		});
	await readSettings(place);
}
