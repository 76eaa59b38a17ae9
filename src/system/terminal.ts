import { UserError, codeOf } from "../errors/errors.ts";
import { childEnvironment } from "./child-environment.ts";

/**
 * Runs a program that has this process's terminal for its own, and returns its exit code; 255 when a signal ended it.
 * @throws UserError program_missing
 */
export async function runAttached(file: string, args: readonly string[]): Promise<number> {
	const { execa } = await import("execa");
	const result = await execa(file, args, {
		stdio: "inherit",
		reject: false,
		env: childEnvironment(),
		extendEnv: false,
	});
	if (codeOf(result) === "ENOENT")
		throw new UserError("program_missing", `${file} is not installed, or not on the PATH`, {
			hint: `install ${file}, then run the command again`,
			cause: result,
		});
	return result.exitCode ?? 255;
}
