import { join } from "node:path";
import { UserError } from "../src/errors/errors.ts";
import type { PartContext } from "./part.ts";

/** The program that a rehearsal of this tree runs. */
export const cresOf = ({ contextRoot }: Pick<PartContext, "contextRoot">): string => join(contextRoot, "bin", "run.js");

/** Runs `cres` in the project of a perimeter and tells its lines; milliseconds. @throws UserError rehearsal_failed */
export async function runCres(
	context: Pick<PartContext, "contextRoot" | "directory" | "shell" | "progress">,
	args: readonly string[],
	signal?: AbortSignal,
): Promise<number> {
	const started = performance.now();
	const cwd = join(context.directory, "project");
	const onLine = (line: string) => context.progress.note(line);
	const options = { cwd, onLine, ...(signal ? { signal } : {}) };
	const { exitCode } = await context.shell.run(process.execPath, [cresOf(context), ...args], options);
	if (exitCode === 0) return performance.now() - started;
	throw new UserError("rehearsal_failed", `cres ${args.join(" ")} exits ${exitCode} in ${cwd}`, {
		hint: "its last lines are above; cres rehearse status shows the parts, cres rehearse down removes them",
	});
}
