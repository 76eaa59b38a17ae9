import { abortOf, asUserError } from "../errors/as-user-error.ts";
import { codeOf, messageOf, type UserError } from "../errors/errors.ts";
import { EXIT } from "../errors/exit.ts";
import { failureText } from "./failure-text.ts";

/** A failure as it is told: all that a person, a script and the shell get. */
export interface Failure {
	/** What was thrown is no UserError: a defect of cres. */
	bug: boolean;
	exit: number;
	/** For stderr; several lines. */
	text: string;
	/** The documented object of --json. */
	json: { error: { code: string; message: string; hint?: string } };
}

/** What is told of anything that a command threw; `id`: of that command, as oclif has it. */
export async function failureOf(error: unknown, id?: string): Promise<Failure> {
	const known = asUserError(error) ?? (await misuseOf(error, id)) ?? abortOf(error);
	if (known) return failure(known);
	const [code, message] = [codeOf(error) ?? "bug", messageOf(error)];
	const text = `✖ bug in cres: ${await stackOf(error)}`;
	return { bug: true, exit: EXIT.bug, text, json: { error: { code, message } } };
}

/** The stack of a defect, with the places of the sources; its message where it has none. */
export async function stackOf(defect: unknown): Promise<string> {
	if (!(defect instanceof Error) || defect.stack === undefined) return messageOf(defect);
	return (await import("../system/stack.ts")).sourceStack(defect.stack);
}

function failure({ code, hint, message, exit }: UserError): Failure {
	const json = { error: { code, message, ...(hint === undefined ? {} : { hint }) } };
	return { bug: false, exit: EXIT[exit], text: failureText([{ message, hint: hint ?? "", code }], []), json };
}

/** Loaded for oclif's errors only: commands that succeed need no nearest word. */
const misuseOf = async (error: unknown, id: string | undefined): Promise<UserError | undefined> =>
	error instanceof Error && "oclif" in error ? (await import("./misuse.ts")).misuse(error, id) : undefined;
