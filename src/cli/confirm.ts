import { createInterface } from "node:readline/promises";
import { UserError } from "../errors/errors.ts";
import { leaving } from "../secrets/leaving.ts";

/** Asks on the terminal; without one it refuses and names the flag that answers. @throws UserError confirmation_needed (usage) */
export async function confirm(question: string, flag: string): Promise<boolean> {
	if (!process.stdin.isTTY || !process.stderr.isTTY)
		throw new UserError("confirmation_needed", `${question} There is no terminal to ask on.`, {
			hint: `check it yourself, then add ${flag}`,
		});
	const terminal = createInterface({ input: process.stdin, output: process.stderr });
	try {
		return /^y(es)?$/i.test((await terminal.question(`${leaving(question)} [y/N] `)).trim());
	} finally {
		terminal.close();
	}
}
