import { configOf, readCommandLine } from "./command-line.ts";

/** One command as completion needs it. */
export interface KnownCommand {
	/** Words joined by colons. */
	id: string;
	summary?: string | undefined;
	/** Several values for its last argument. */
	strict?: boolean | undefined;
	args: Readonly<Record<string, { options?: readonly string[] | undefined }>>;
	flags: Readonly<Record<string, KnownFlag>>;
}

interface KnownFlag {
	type: string;
	char?: string | undefined;
	summary?: string | undefined;
	description?: string | undefined;
	options?: readonly string[] | undefined;
}

export interface Candidate {
	value: string;
	about: string;
}

/** Flags whose value is an instance's name. */
const INSTANCE_FLAGS = ["canary"];

/**
 * What may stand at the end of a line: `words` follow `cres`, the last one is being typed and may be empty. None where
 * only a file or a free text fits. `instances` is asked at most once, where a name fits; it gets the value of --config.
 */
export async function candidates(
	words: readonly string[],
	commands: readonly KnownCommand[],
	instances: (config: string | undefined) => Promise<readonly string[]>,
): Promise<Candidate[]> {
	const typed = words.at(-1) ?? "";
	const before = words.slice(0, -1);
	const names = async () => plain(await instances(configOf(before)));
	const found = await possible({ before, isFlag: typed.startsWith("-") }, commands, names);
	return found.filter(({ value }) => value.startsWith(typed));
}

/** Whatever may follow the words `before`. */
async function possible(
	{ before, isFlag }: { before: readonly string[]; isFlag: boolean },
	commands: readonly KnownCommand[],
	names: () => Promise<Candidate[]>,
): Promise<Candidate[]> {
	const line = readCommandLine(before, knownAmong(commands));
	const command = line.kind === "run" ? commands.find(({ id }) => id === line.id) : undefined;
	const flag = command && flagNamed(command, before.at(-1) ?? "");
	if (flag?.type === "option") return INSTANCE_FLAGS.includes(flag.name) ? names() : plain(flag.options);
	if (isFlag) return command ? flagsOf(command) : [];
	if (!command || line.kind !== "run") {
		const topic = line.kind === "help" ? line.id : "";
		return line.kind === "unknown-command" ? [] : wordsBelow(topic, commands);
	}
	const isOnlyTheCommand = before.at(-1) === command.id.split(":").at(-1);
	const below = isOnlyTheCommand ? wordsBelow(command.id, commands) : [];
	return [...below, ...(await valuesOf(command, positionals(command, line.argv), names))];
}

const knownAmong = (commands: readonly KnownCommand[]) => ({
	isCommand: (id: string) => commands.some((one) => one.id === id),
	isTopic: (id: string) => commands.some((one) => one.id.startsWith(`${id}:`)),
});

/** Values of the argument that follows those given. */
async function valuesOf(
	{ args: declared, strict }: KnownCommand,
	given: readonly string[],
	names: () => Promise<Candidate[]>,
): Promise<Candidate[]> {
	const args = Object.entries(declared);
	const [name, arg] = args[given.length] ?? (strict === false ? args.at(-1) : undefined) ?? [];
	const values = name === "instance" ? await names() : plain(arg?.options);
	return values.filter(({ value }) => !given.includes(value));
}

const plain = (values: readonly string[] = []): Candidate[] => values.map((value) => ({ value, about: "" }));

const flagsOf = ({ flags }: KnownCommand): Candidate[] =>
	Object.entries(flags).map(([name, { summary, description }]) => ({
		value: `--${name}`,
		about: summary ?? description ?? "",
	}));

function flagNamed({ flags }: KnownCommand, word: string): (KnownFlag & { name: string }) | undefined {
	const found = Object.entries(flags).find(([name, { char }]) => word === `--${name}` || word === `-${char}`);
	return found && { ...found[1], name: found[0] };
}

/** The next words of commands below a topic; all first words for an empty one. */
function wordsBelow(topic: string, commands: readonly KnownCommand[]): Candidate[] {
	const prefix = topic === "" ? "" : `${topic}:`;
	const below = commands.filter(({ id }) => id.startsWith(prefix));
	const words = [...new Set(below.map(({ id }) => id.slice(prefix.length).split(":")[0]!))];
	const aboutOf = (word: string) => below.find(({ id }) => id === `${prefix}${word}`)?.summary ?? "";
	return words.map((value) => ({ value, about: aboutOf(value) }));
}

/** The words of a command that are neither flags nor values of flags. */
function positionals(command: KnownCommand, argv: readonly string[]): string[] {
	return argv.filter((word, at) => {
		const previous = at > 0 ? flagNamed(command, argv[at - 1]!) : undefined;
		return !word.startsWith("-") && previous?.type !== "option";
	});
}
