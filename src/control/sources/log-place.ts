import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError, codeOf } from "../../errors/errors.ts";
import { makeDirectory } from "../../system/durable-files.ts";

/** Nothing is started whose output would be lost. @throws UserError control_log_unwritable */
export async function assertWritable(log: string): Promise<void> {
	try {
		await makeDirectory(dirname(log));
		await (await open(log, "a", 0o600)).close();
	} catch (cause) {
		throw new UserError(
			"control_log_unwritable",
			`the log ${log} cannot be written: ${codeOf(cause) ?? String(cause)}`,
			{
				hint: `make ${dirname(log)} a folder of the user that runs cres control boot`,
				cause,
			},
		);
	}
}
