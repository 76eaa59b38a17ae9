import { asUserError } from "../errors/as-user-error.ts";
import type { UserError } from "../errors/errors.ts";
import { redact } from "../secrets/secret.ts";
import type { Clock } from "../system/clock.ts";
import { BaseCommand } from "./base-command.ts";
import { openScreen, type LiveScreen } from "./live-screen.ts";

const LOOK_EVERY_MS = 2_000;

/** What is looked at again and again, and how it is shown. */
export interface Watched<T> {
	look: () => Promise<T>;
	render: (seen: T) => string;
	clock: Pick<Clock, "sleep">;
}

/** A command that can show its result until Ctrl-C. */
export abstract class WatchingCommand extends BaseCommand {
	#watching = false;

	/** One object a line while watching. */
	override logJson(json: unknown): void {
		if (this.#watching) process.stdout.write(`${redact(JSON.stringify(json))}\n`);
		else super.logJson(json);
	}

	/**
	 * Looks every 2 s until Ctrl-C: in place on a terminal, in blocks elsewhere, one object a line under --json. A look
	 * that fails is shown and the next one follows, unless it is the first.
	 */
	protected async watch<T>({ look, render, clock }: Watched<T>): Promise<undefined> {
		this.#watching = true;
		const screen = await openScreen(process.stdout);
		const show = (seen: T) => (this.jsonEnabled() ? this.logJson(seen) : screen.draw(render(seen)));
		try {
			show(await look());
			for (;;) {
				await clock.sleep(LOOK_EVERY_MS, this.signal);
				await look().then(show, (error: unknown) => this.#showFailure(screen, error));
			}
		} catch (error) {
			if (!this.signal.aborted) throw error;
		} finally {
			screen.end();
		}
		this.exitAsStopped();
	}

	#showFailure(screen: LiveScreen, error: unknown): void {
		const failure = asUserError(error);
		if (!failure || this.signal.aborted) throw error;
		if (this.jsonEnabled()) this.logJson({ error: errorOf(failure) });
		else screen.draw(`✖ ${failure.message}${failure.hint ? `\n  → ${failure.hint}` : ""}`);
	}
}

const errorOf = ({ code, message, hint }: UserError) => ({ code, message, ...(hint === undefined ? {} : { hint }) });
