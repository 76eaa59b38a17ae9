import { redact } from "../secrets/secret.ts";

/** What went wrong although the command has a result. */
export interface ToldFailure {
	message: string;
	hint: string;
	code: string;
}

/** Says on stderr what failed, if anything, in the form of every error; `before` are lines of evidence. True when it did. */
export async function tellFailures(failures: readonly ToldFailure[], before: readonly string[] = []): Promise<boolean> {
	if (failures.length === 0) return false;
	const lines = failures.map(({ message, hint, code }) =>
		[`✖ ${message}`, ...(hint === "" ? [] : [`  → ${hint}`]), `  code: ${code}`].join("\n"),
	);
	const text = redact([...before, ...lines].join("\n"));
	const { stderr } = process;
	const paint = stderr.isTTY ? (await import("./paint.ts")).painterFor(stderr) : (plain: string) => plain;
	stderr.write(`${paint(text)}\n`);
	return true;
}
