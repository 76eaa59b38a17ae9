import type { Config } from "@oclif/core";
import { UserError } from "../errors/errors.ts";
import { didYouMean } from "../system/nearest.ts";
import { shellWord } from "../system/text.ts";
import type { CommandLine } from "./command-line.ts";

type Unknown = Extract<CommandLine, { kind: "unknown-command" | "unknown-flag" }>;

/** The error of a line that names no command, with the command that was probably meant. */
export function unknown(line: Unknown, { commandIDs }: Pick<Config, "commandIDs">): UserError {
	if (line.kind === "unknown-flag")
		return new UserError("usage", `${line.flag} is no flag of cres itself`, {
			hint: "a command comes first: cres COMMAND --flag; cres --help lists the commands",
		});
	const topic = commandIDs.some((id) => id.startsWith(`${line.words[0]}:`)) ? [line.words[0]!] : [];
	const words = line.words.slice(0, topic.length + 1).join(" ");
	const known = commandIDs.map((id) => `cres ${id.split(":").join(" ")}`);
	const list = `${["cres", ...topic, "--help"].join(" ")} lists the commands`;
	return new UserError("unknown_command", `${words.trim() === "" ? shellWord(words) : words} is not a cres command`, {
		hint: didYouMean(`cres ${words}`, known, list),
	});
}
