import { UserError } from "../../src/errors/errors.ts";

/** What a person is told when something is refused. */
export async function refusal(doing: Promise<unknown>): Promise<{ code: string; message: string; hint: string }> {
	const error = await doing.then(
		(value) => new Error(`it was not refused: ${JSON.stringify(value)}`),
		(thrown: unknown) => thrown,
	);
	if (!(error instanceof UserError)) throw error;
	return { code: error.code, message: error.message, hint: error.hint ?? "" };
}
