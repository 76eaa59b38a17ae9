import type { Clock } from "../system/clock.ts";
import { BaseCommand } from "./base-command.ts";
import { failureOf } from "./failure.ts";
import { openScreen, type LiveScreen } from "./live-screen.ts";
import { isOutputLost } from "./streams.ts";

const LOOK_EVERY_MS = 2_000;

/** What is looked at again and again, and how it is shown. */
export interface Watched<T> {
	look: () => Promise<T>;
	render: (seen: T) => string;
	clock: Pick<Clock, "sleep">;
}

/** A command that can show its result until Ctrl-C. */
export abstract class WatchingCommand extends BaseCommand {
	/**
	 * Looks every 2 s until Ctrl-C: in place on a terminal, in blocks elsewhere, one object a line under --json. A look
	 * that fails is shown and the next one follows, unless it is the first.
	 */
	protected async watch<T>({ look, render, clock }: Watched<T>): Promise<undefined> {
		this.asLines = true;
		const screen = await openScreen(process.stdout);
		const show = (seen: T) => (this.jsonEnabled() ? this.logJson(seen) : screen.draw(render(seen)));
		try {
			show(await look());
			while (!isOutputLost()) {
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

	async #showFailure(screen: LiveScreen, error: unknown): Promise<void> {
		const { bug, json, text } = await failureOf(error, this.id);
		if (bug || this.signal.aborted) throw error;
		if (this.jsonEnabled()) this.logJson(json);
		else screen.draw(text);
	}
}
