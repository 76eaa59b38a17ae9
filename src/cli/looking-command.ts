import { unlessAborted } from "../system/limits.ts";
import { BaseCommand } from "./base-command.ts";

/** A command that only reads: it ends at the first signal, whoever it waits for. */
export abstract class LookingCommand extends BaseCommand {
	/** Reads, prints, and returns what --json shows. */
	protected abstract look(): Promise<unknown>;

	async run(): Promise<unknown> {
		return unlessAborted(this.signal, this.look());
	}

	/** @throws the signal's reason: what is read after the signal is not printed */
	override log(message?: string): void {
		this.signal.throwIfAborted();
		super.log(message);
	}
}
