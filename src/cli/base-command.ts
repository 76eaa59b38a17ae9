import { Command, Flags, type Interfaces } from "@oclif/core";
import type { UserError } from "../errors/errors.ts";
import { EXIT, type ExitName } from "../errors/exit.ts";
import type { FailureReport } from "../errors/failure-report.ts";
import { leaving, leavingJson } from "../secrets/leaving.ts";
import type { Context } from "./context.ts";
import { shellWord } from "../system/text.ts";
import { failureOf } from "./failure.ts";
import { ignoringStdin } from "./ignoring-stdin.ts";
import { failureText } from "./failure-text.ts";
import type { MachinePorts } from "./machine.ts";
import { assertNoneEmpty } from "./no-empty.ts";
import { STOPS } from "./stops.ts";
import { untilTaken } from "./streams.ts";
import type { Talk, TalkOptions } from "./talk.ts";

const helpGroup = "GLOBAL";

/** What every command shares: its global flags, Ctrl-C as an AbortSignal, one way to print and one way to fail. */
export abstract class BaseCommand extends Command {
	static override enableJsonFlag = true;
	static override baseFlags = {
		config: Flags.string({ char: "c", summary: "Path of cres.yaml.", helpGroup }),
		json: Flags.boolean({ summary: "Print one JSON object instead of text.", helpGroup }),
		"log-file": Flags.string({ summary: "Add what is done to a file, with times.", helpValue: "FILE", helpGroup }),
		"no-color": Flags.boolean({ summary: "Print without colours.", helpGroup }),
		quiet: Flags.boolean({ summary: "Print results and failures only.", exclusive: ["verbose"], helpGroup }),
		verbose: Flags.boolean({ summary: "Also say what is asked of whom, and how long it took.", helpGroup }),
	};

	readonly #interrupt = new AbortController();
	#signalExit: ExitName | undefined;
	#context: Promise<Context> | undefined;
	#machine: Promise<MachinePorts> | undefined;
	#talk: Promise<Talk> | undefined;
	#talkOptions: TalkOptions = {};
	/** The command stands in the log file. */
	#isRecorded = false;
	/** The command prints more than one object under --json. */
	protected asLines = false;
	/** Chalk is loaded for terminals only; pipes and files start faster without it. */
	#paint: (text: string, stream: NodeJS.WriteStream) => string = (text) => text;

	override async init(): Promise<void> {
		await super.init();
		if (process.stdout.isTTY || process.stderr.isTTY) {
			const { painterFor } = await import("./paint.ts");
			this.#paint = (text, stream) => painterFor(stream)(text);
		}
		for (const [signal, stop] of STOPS) process.on(signal, () => this.#stop(stop()));
	}

	/** Aborted on the first Ctrl-C, SIGTERM, SIGHUP or SIGQUIT; the second one ends the process at once. */
	protected get signal(): AbortSignal {
		return this.#interrupt.signal;
	}

	/** Configuration and ports, opened once. */
	protected context(): Promise<Context> {
		return (this.#context ??= this.#openContext());
	}

	/** What needs no configuration. */
	protected machine(): Promise<MachinePorts> {
		return (this.#machine ??= this.#openMachine());
	}

	/** What the command says besides its result, as the flags that were parsed want it. */
	protected talk(): Promise<Talk> {
		return (this.#talk ??= this.#openTalk());
	}

	/** No argument is taken from standard input: what is piped into a script is not meant for the commands in it. */
	protected override async parse<F extends Loose, B extends Loose, A extends Loose>(
		options?: Interfaces.Input<F, B, A>,
		argv?: string[],
	): Promise<Interfaces.ParserOutput<F, B, A>> {
		const given = options ?? (this.ctor as unknown as Interfaces.Input<F, B, A>);
		const parsed = await super.parse(ignoringStdin(given), argv);
		assertNoneEmpty(this.#name, parsed);
		const { quiet, verbose, "log-file": logFile } = parsed.flags as TalkFlags;
		this.#talkOptions = { quiet, verbose, logFile };
		if (verbose || logFile !== undefined) await this.talk();
		return parsed;
	}

	/** The command as it was typed, but for global flags before it. */
	protected get commandLine(): string {
		return [this.#name, ...this.argv.map(shellWord)].join(" ");
	}

	get #name(): string {
		return [this.config.bin, ...(this.id?.split(":") ?? [])].join(" ");
	}

	/** Says on stderr and in the log file what failed although there is a result. True when something did. */
	protected async tell(failures: readonly FailureReport[], before: readonly string[] = []): Promise<boolean> {
		if (failures.length === 0) return false;
		const lines = before.map((line) => `${failureText([], [line])}\n`).join(""); // of another program: not coloured
		process.stderr.write(`${lines}${this.#paint(failureText(failures, []), process.stderr)}\n`);
		(await this.talk()).record(failureText(failures, before));
		return true;
	}

	/** Ends with the exit code of `name` after the result has been printed. */
	protected exitWith(name: ExitName): void {
		process.exitCode = EXIT[name];
	}

	/** Ends with the signal's exit code, if one stopped a command that goes on until then; false if none did. */
	protected exitAsStopped(): boolean {
		if (this.#signalExit) this.exitWith(this.#signalExit);
		return this.#signalExit !== undefined;
	}

	override log(message = ""): void {
		if (!this.jsonEnabled()) process.stdout.write(`${this.#paint(leaving(message), process.stdout)}\n`);
	}

	/** A line that another program wrote: its words are no verdicts of ours, so it is never coloured. */
	protected logForeign(line: string): void {
		if (!this.jsonEnabled()) process.stdout.write(`${leaving(line)}\n`);
	}

	/** Indented, or one object a line (NDJSON) while `asLines` is set. */
	override logJson(json: unknown): void {
		process.stdout.write(`${leavingJson(json, this.asLines ? 0 : 2)}\n`);
	}

	/** Waits for whoever reads stdout: lines that come faster than they are taken would pile up in memory. */
	protected drained(): Promise<void> {
		return untilTaken(process.stdout, this.signal);
	}

	override async catch(error: unknown): Promise<void> {
		const { bug, exit, json, text } = await failureOf(error, this.id);
		process.exitCode = this.#signalExit ? EXIT[this.#signalExit] : exit;
		if (this.jsonEnabled()) this.logJson(json);
		if (bug && this.#signalExit) return;
		process.stderr.write(`${this.#paint(leaving(text), process.stderr)}\n`);
		const talk = await this.#talk?.catch(() => undefined);
		this.#recordCommand(talk, this.#name);
		talk?.record(text);
	}

	override async finally(): Promise<void> {
		const context = await this.#context?.catch(() => undefined);
		await context?.close();
		const talk = await this.#talk?.catch(() => undefined);
		this.#recordCommand(talk, this.#name);
		talk?.record(`exit ${process.exitCode ?? 0}`);
		talk?.close();
	}

	async #openContext(): Promise<Context> {
		const { flags } = await this.parse(this.ctor as never);
		const { openContext } = await import("./context.ts"); // commands without configuration need not wait for its parsers
		const { config: configPath, "accept-host-key": acceptHostKey = false } = flags as ContextFlags;
		const [talk, machine] = await Promise.all([this.talk(), this.machine()]);
		const context = await openContext({ configPath, acceptHostKey, talk, machine });
		this.#recordCommand(talk, this.commandLine);
		return context;
	}

	async #openMachine(): Promise<MachinePorts> {
		const { openMachine } = await import("./machine.ts");
		return openMachine(this.config.root, this.signal);
	}

	async #openTalk(): Promise<Talk> {
		const { openTalk } = await import("./talk.ts");
		return openTalk(process.stderr, this.#talkOptions);
	}

	/** An argument may hold a secret, which is known as one only when the configuration has been read. */
	#recordCommand(talk: Talk | undefined, line: string): void {
		if (!this.#isRecorded) talk?.record(`$ ${line}`);
		this.#isRecorded = true;
	}

	#stop(reason: UserError): void {
		if (this.signal.aborted) process.exit(EXIT[reason.exit]);
		this.#signalExit = reason.exit;
		process.stderr.write("\nstopping; press Ctrl-C again to stop at once\n");
		this.#interrupt.abort(reason);
	}
}

/** oclif's own bound for flags and arguments. */
type Loose = Record<string, any>;

interface ContextFlags {
	config?: string;
	/** Of the commands that may find an instance at a new address. */
	"accept-host-key"?: boolean;
}

interface TalkFlags {
	quiet?: boolean;
	verbose?: boolean;
	"log-file"?: string;
}
