import { UserError, messageOf } from "../errors/errors.ts";
import { withoutEscapes } from "../system/escapes.ts";
import { nearest } from "../system/nearest.ts";

/** What oclif's parser puts on its errors; its classes are not exported. */
interface ParseError {
	oclif?: { exit?: number };
	flags?: readonly string[];
	args?: readonly (string | { name: string })[];
	parse?: { input?: { flags?: object; context?: Parsed } };
}

interface Parsed {
	config?: { commandIDs: readonly string[] };
}

const USAGE = 2;

/** What oclif's parser refused, as the error of that command, with the word that was probably meant. Undefined for other errors. */
export function misuse(error: unknown, id: string | undefined): UserError | undefined {
	const { oclif, flags, args, parse } = (error ?? {}) as ParseError;
	if (oclif?.exit !== USAGE) return undefined;
	const { config } = parse?.input?.context ?? {};
	const command = ["cres", ...(id?.split(":") ?? [])].join(" ");
	const help = `${command} --help shows its arguments and flags`;
	const known = Object.keys(parse?.input?.flags ?? {}).map((name) => `--${name}`);
	const usage = (message: string, meant?: string) =>
		new UserError("usage", message, {
			hint: meant === undefined ? help : `did you mean ${meant}? ${help}`,
			cause: error,
		});
	if (flags?.length)
		return usage(`${command} has no flag ${flags.join(", ")}`, nearest(flags[0]!.split("=")[0]!, known));
	const unexpected = args?.filter((arg) => typeof arg === "string") ?? [];
	if (unexpected.length > 0) {
		const flag = known.find((one) => one === `--${unexpected[0]}`);
		const meant = subcommandMeant(`${id}`, unexpected[0]!, config?.commandIDs) ?? flag;
		return usage(`${command}: unexpected argument ${unexpected.join(" ")}`, meant);
	}
	const missing = args?.flatMap((arg) => (typeof arg === "string" ? [] : [arg.name.toUpperCase()])) ?? [];
	if (missing.length > 0)
		return usage(`${command}: ${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} missing`);
	return usage(`${command}: ${plainFault(messageOf(error))}`);
}

function subcommandMeant(id: string, word: string, commandIds: readonly string[] = []): string | undefined {
	const below = commandIds.filter((one) => one.startsWith(`${id}:`)).map((one) => one.split(":").join(" "));
	const subcommand = nearest([id, word].join(" "), below);
	return subcommand && `cres ${subcommand}`;
}

/** oclif's texts of flags, and ours. */
const TEXTS: readonly [theirs: RegExp, ours: string][] = [
	[
		/^Parsing (--\S+)\s+Expected an integer greater than or equal to (\d+) but received: (.*)$/s,
		"$1 takes a whole number of at least $2, not $3",
	],
	[
		/^Parsing (--\S+)\s+Expected an integer less than or equal to (\d+) but received: (.*)$/s,
		"$1 takes a whole number of at most $2, not $3",
	],
	[/^Parsing (--\S+)\s+Expected an integer but received: (.*)$/s, "$1 takes a whole number, not $2"],
	[/^Expected (--[^=]+)=(.*) to be one of: (.*)$/s, "$1 takes one of $3, not $2"],
	[/^Expected (.*) to be one of: (.*)$/s, "expected one of $2, not $1"],
	[/^Flag (--\S+) expects (?:a value|one of these values: (.*))$/s, "$1 needs a value"],
	[/^Missing required flag (\S+)$/, "--$1 is missing"],
	[/^(--[^=\s]+)(?:=.*)? cannot also be provided when using (--\S+)$/s, "$2 and $1 exclude each other"],
	[/^All of the following must be provided when using (--\S+): (.*)$/s, "$1 needs $2"],
];

/** One line of it, whatever oclif makes of several. */
function plainFault(text: string): string {
	const bare = withoutEscapes(text).replaceAll(/^The following errors? occurred:\s+|\nSee more help with --help$/g, "");
	const faults = bare.startsWith("Parsing") ? [bare] : bare.split(/\n\s*/);
	const ours = (fault: string) => {
		const known = TEXTS.find(([theirs]) => theirs.test(fault));
		return known ? fault.replace(...known) : fault;
	};
	return [...new Set(faults.map(ours))].join("; ");
}
