import { UserError } from "../errors/errors.ts";

interface Given {
	flags: object;
	args: object;
}

/**
 * Refuses flags and arguments that are an empty text: mostly a variable that a script did not set, and as a path the
 * directory itself. `command`: as it is typed. @throws UserError usage, with all of them
 */
export function assertNoneEmpty(command: string, { flags, args }: Given): void {
	const empty = [...emptyIn(args).map((name) => name.toUpperCase()), ...emptyIn(flags).map((name) => `--${name}`)];
	if (empty.length === 0) return;
	throw new UserError("usage", `${command}: ${empty.join(" and ")} ${empty.length === 1 ? "is" : "are"} empty`, {
		hint: `give a value, or leave it out; in a script, look at the variable it comes from`,
	});
}

const emptyIn = (values: object): string[] =>
	Object.entries(values).flatMap(([name, value]: [string, unknown]) =>
		(Array.isArray(value) ? value : [value]).includes("") ? [name] : [],
	);
