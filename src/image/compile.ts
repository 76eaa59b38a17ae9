import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors/errors.ts";
import type { BuildPorts } from "./ports.ts";

/**
 * Refreshes what the app image copies by running the payload's own compiler, which does nothing when nothing changed.
 * @throws UserError payload_packages_missing, payload_failed with the compiler's output
 */
export async function compilePayload(
	{ shell, signal }: Pick<BuildPorts, "shell" | "signal">,
	root: string,
	compiler: string,
): Promise<void> {
	const { exitCode, stdout, stderr } = await shell.run(process.execPath, [compiler], { cwd: root, signal });
	if (exitCode === 0) return;
	if (!existsSync(join(root, "images/node_modules")))
		throw new UserError("payload_packages_missing", "the payload's packages are not installed", {
			hint: "npm ci --prefix images",
		});
	throw new UserError("payload_failed", `the payload does not compile:\n${(stderr || stdout).trim()}`, {
		hint: `correct what the compiler names, then the same command again`,
	});
}
