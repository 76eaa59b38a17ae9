import { Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.ts";
import { instances, pickInstances } from "../cli/flags.ts";
import { isOutputLost } from "../cli/streams.ts";
import { UserError } from "../errors/errors.ts";
import { queryOf, type LogQuery } from "../logs/query.ts";
import { keptLines, readLogs, renderLine, type ShownLine } from "../logs/read.ts";
import { failedReleaseNote, logOfRelease } from "../logs/release.ts";

export default class Logs extends BaseCommand {
	static override summary = "Print the logs of instances in order of time, secrets redacted.";
	static override description =
		"Each line begins with the program in the container that wrote it. With -f, --json prints one object a line.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> cpu-1 --tail 50",
		"<%= config.bin %> <%= command.id %> cpu-1 gpu-1 -f",
		"<%= config.bin %> <%= command.id %> cpu-1 --since 10m --grep ERROR",
		"<%= config.bin %> <%= command.id %> cpu-1 --program api --tail 50",
		"<%= config.bin %> <%= command.id %> cpu-1 --release 20261129T101500.123-7",
	];
	static override strict = false;
	static override args = { instance: instances };
	static override flags = {
		all: Flags.boolean({ summary: "Of every instance in cres.yaml.", default: false }),
		follow: Flags.boolean({ char: "f", summary: "Go on until Ctrl-C." }),
		tail: Flags.integer({
			char: "n",
			summary: "Number of last lines, over all instances; default: 100, or 10000 with --since.",
			min: 0,
		}),
		since: Flags.string({ summary: "Only lines newer than an age (90s, 10m, 2h, 1d) or a time (RFC 3339)." }),
		program: Flags.string({ summary: "Only lines of this program, such as api, worker-cpu or supervisord." }),
		grep: Flags.string({ summary: "Only lines that contain this text (case-sensitive)." }),
		release: Flags.string({ summary: "The kept log of a release that failed.", exclusive: ["follow"] }),
	};

	async run(): Promise<{ instances: string[]; lines: ShownLine[] } | undefined> {
		const { argv, flags } = await this.parse(Logs);
		const { config, clock } = await this.context();
		const names = pickInstances(config, argv as string[], flags);
		const query = queryOf(flags, clock.now());
		this.asLines = query.follow && this.jsonEnabled();
		const lines: ShownLine[] = [];
		for await (const line of this.#lines(names, query, flags.release)) {
			if (this.asLines) this.logJson(line);
			else if (this.jsonEnabled()) lines.push(line);
			else this.logForeign(renderLine(line, names.length > 1));
			await this.drained();
			if (isOutputLost()) break;
		}
		this.exitAsStopped();
		return this.asLines ? undefined : { instances: names, lines };
	}

	async *#lines(names: readonly string[], query: LogQuery, release: string | undefined): AsyncIterable<ShownLine> {
		const { config, progress, ...context } = await this.context();
		const opened = await Promise.all(names.map((name) => context.instance(name)));
		if (release !== undefined) {
			const [name] = names;
			if (names.length > 1) throw new UserError("usage", "--release takes one instance");
			return yield* keptLines(name!, await logOfRelease(config.state, name!, release), query);
		}
		for (const name of names) {
			const note = await failedReleaseNote(config.state, name);
			if (note) progress.note(note);
		}
		yield* readLogs(opened, query, (text) => progress.note(text));
	}
}
