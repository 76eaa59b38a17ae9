import { asUserError } from "../errors/as-user-error.ts";
import { failureText } from "./failure-text.ts";
import { failureOf } from "./failure.ts";

/** What is told when the output of a command cannot be written. */
export async function lostOutput(error: NodeJS.ErrnoException): Promise<string> {
	const known = asUserError(Object.assign(error, { path: "stdout" }));
	if (known === undefined) return (await failureOf(error)).text;
	const hint = "the command did its work, but its output is lost: send it elsewhere";
	return failureText([{ message: known.message, hint, code: known.code }], []);
}
