import { Config, type Interfaces } from "@oclif/core";
import { readCommandLine, type CommandLine } from "./command-line.ts";
import { hearStreams } from "./streams.ts";

/**
 * Runs one command line, after `prepare`. Its result is on stdout, its failure on stderr, its exit code in
 * process.exitCode. Never rejects.
 */
export async function main(
	options: Interfaces.LoadOptions,
	argv: readonly string[],
	prepare = () => {},
): Promise<void> {
	hearStreams();
	try {
		prepare();
		const config = await Config.load(options);
		const known = {
			isCommand: (id: string) => !!config.findCommand(id),
			isTopic: (id: string) => !!config.findTopic(id),
		};
		await run(config, readCommandLine(argv, known));
	} catch (error) {
		await report(error, asksJson(argv));
	}
}

async function report(error: unknown, asJson: boolean): Promise<void> {
	const [{ failureOf }, { leaving, leavingJson }] = await Promise.all([
		import("./failure.ts"),
		import("../secrets/leaving.ts"),
	]);
	const { exit, json, text } = await failureOf(error);
	process.exitCode = exit;
	if (asJson) process.stdout.write(`${leavingJson(json, 2)}\n`);
	const clean = leaving(text);
	const painted = process.stderr.isTTY ? (await import("./paint.ts")).painterFor(process.stderr)(clean) : clean;
	process.stderr.write(`${painted}\n`);
}

async function run(config: Config, line: CommandLine): Promise<void> {
	switch (line.kind) {
		case "run":
			return void (await config.runCommand(line.id, line.argv));
		case "help": {
			const { CresHelp } = await import("./help.ts");
			return new CresHelp(config).showHelp(line.id === "" ? [] : line.id.split(":"));
		}
		case "unknown-command":
		case "unknown-flag": {
			const { unknown } = await import("./unknown.ts");
			throw unknown(line, config);
		}
	}
}

function asksJson(argv: readonly string[]): boolean {
	const end = argv.indexOf("--");
	return (end === -1 ? argv : argv.slice(0, end)).includes("--json");
}
