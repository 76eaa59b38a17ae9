import { Command, Flags } from "@oclif/core";
import { asUserError } from "../errors/as-user-error.ts";
import { UserError, codeOf, messageOf } from "../errors/errors.ts";
import { EXIT, type ExitName } from "../errors/exit.ts";
import { redact } from "../secrets/secret.ts";
import type { Context } from "./context.ts";

/** What every command shares: --config, --json, Ctrl-C as an AbortSignal, one way to print and one way to fail. */
export abstract class BaseCommand extends Command {
	static override enableJsonFlag = true;
	static override baseFlags = {
		config: Flags.string({ char: "c", summary: "Path of cres.yaml.", helpGroup: "GLOBAL" }),
	};

	readonly #interrupt = new AbortController();
	#signalExit: ExitName | undefined;
	#context: Promise<Context> | undefined;
	/** Chalk is loaded for terminals only; pipes and files start faster without it. */
	#paint: (text: string, stream: NodeJS.WriteStream) => string = (text) => text;

	override async init(): Promise<void> {
		await super.init();
		if (process.stdout.isTTY || process.stderr.isTTY) {
			const { painterFor } = await import("./paint.ts");
			this.#paint = (text, stream) => painterFor(stream)(text);
		}
		process.stdout.on("error", endWithReader);
		process.stderr.on("error", () => {}); // nobody listens to the talk: the work goes on
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
		if (!this.jsonEnabled()) process.stdout.write(`${this.#paint(redact(message), process.stdout)}\n`);
	}

	override logJson(json: unknown): void {
		process.stdout.write(`${redact(JSON.stringify(json, null, 2))}\n`);
	}

	override toErrorJson(error: unknown): unknown {
		const { code, hint, message } = describe(error);
		return { error: { code, message, ...(hint === undefined ? {} : { hint }) } };
	}

	override async catch(error: unknown): Promise<void> {
		const { bug, code, hint, message, exit } = describe(error);
		process.exitCode = this.#signalExit ? EXIT[this.#signalExit] : exit;
		if (this.jsonEnabled()) this.logJson(this.toErrorJson(error));
		if (bug && !this.#signalExit) return void process.stderr.write(`${redact(stackOf(error))}\n`);
		const lines = [`✖ ${message}`, ...(hint ? [`  → ${hint}`] : []), ...(code ? [`  code: ${code}`] : [])];
		process.stderr.write(`${this.#paint(redact(lines.join("\n")), process.stderr)}\n`);
	}

	override async finally(): Promise<void> {
		const context = await this.#context?.catch(() => undefined);
		await context?.close();
	}

	async #openContext(): Promise<Context> {
		const { flags } = await this.parse(this.ctor as never);
		const { openContext } = await import("./context.ts"); // commands without configuration need not wait for its parsers
		return openContext({ configPath: (flags as { config?: string }).config, signal: this.signal });
	}

	#stop(reason: UserError): void {
		if (this.signal.aborted) process.exit(EXIT[reason.exit]);
		this.#signalExit = reason.exit;
		process.stderr.write("\nstopping; press Ctrl-C again to stop at once\n");
		this.#interrupt.abort(reason);
	}
}

const STOPS: readonly [NodeJS.Signals, () => UserError][] = [
	["SIGINT", () => new UserError("interrupted", "interrupted by the operator")],
	["SIGTERM", () => new UserError("terminated", "terminated by the operator")],
	["SIGQUIT", () => new UserError("terminated", "terminated by the operator")],
	["SIGHUP", () => new UserError("hung_up", "stopped: the terminal was closed")],
];

/** Whoever read our data has gone (`cres logs | head`): there is nothing left to do, and it is no failure. */
function endWithReader(error: NodeJS.ErrnoException): void {
	if (error.code === "EIO") return; // the terminal has gone: SIGHUP decides
	if (error.code !== "EPIPE") throw error;
	process.exit();
}

const stackOf = (error: unknown): string =>
	`✖ bug in cres: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;

interface Described {
	bug: boolean;
	code: string | undefined;
	hint: string | undefined;
	message: string;
	exit: number;
}

const described = ({ code, hint, message, exit }: UserError): Described => ({
	...{ bug: false, code, hint, message },
	exit: EXIT[exit],
});

function describe(error: unknown): Described {
	const message = messageOf(error);
	const known = asUserError(error);
	if (known) return described(known);
	const oclifExit = (error as { oclif?: { exit?: number } }).oclif?.exit;
	if (oclifExit !== undefined) {
		const misuse = new UserError("usage", message, { hint: "add --help to see arguments and flags" });
		return { ...described(misuse), exit: oclifExit };
	}
	if (error instanceof Error && error.name === "AbortError")
		return described(new UserError("interrupted", "interrupted"));
	return { bug: true, code: codeOf(error) ?? "bug", hint: undefined, message, exit: EXIT.bug };
}
