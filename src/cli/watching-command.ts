import type { Clock } from "../system/clock.ts";
import { unlessAborted } from "../system/limits.ts";
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

/** A command that only reads, once or until Ctrl-C. It ends at the first signal, whoever it waits for. */
export abstract class WatchingCommand extends BaseCommand {
	/** Looks once and prints what was seen. */
	protected async seen<T>({ look, render }: Pick<Watched<T>, "look" | "render">): Promise<T> {
		const seen = await unlessAborted(this.signal, look());
		this.log(render(seen));
		return seen;
	}

	/**
	 * Looks every 2 s until Ctrl-C: in place on a terminal, in blocks elsewhere, one object a line under --json. A look
	 * that fails is shown and the next one follows, unless it is the first.
	 */
	protected async watch<T>({ look, render, clock }: Watched<T>): Promise<undefined> {
		this.asLines = true;
		const screen = await openScreen(process.stdout);
		const show = (seen: T) => (this.jsonEnabled() ? this.logJson(seen) : screen.draw(render(seen)));
		const lookAgain = () => unlessAborted(this.signal, look());
		try {
			show(await lookAgain());
			while (!isOutputLost()) {
				await clock.sleep(LOOK_EVERY_MS, this.signal);
				await lookAgain().then(show, (error: unknown) => this.#showFailure(screen, error));
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
