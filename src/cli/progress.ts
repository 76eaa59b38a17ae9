import type { ListrTask } from "listr2";
import type { Progress } from "../system/progress.ts";
import { messageOf } from "../errors/errors.ts";
import { leaving } from "../secrets/leaving.ts";
import { seconds } from "../system/text.ts";

const REPORT_EVERY_MS = 5_000;

/** Spinners of a terminal, which need not be that of stdout. */
export const liveProgress = (stream: NodeJS.WriteStream): Progress => ({
	async step(title, work) {
		const { Listr } = await import("listr2");
		let ended: { value: Awaited<ReturnType<typeof work>> } | { error: unknown } | undefined;
		const task: ListrTask["task"] = async (_context, line) => {
			try {
				ended = { value: await work((text) => (line.output = leaving(text))) };
			} catch (error) {
				ended = { error };
				throw new Error(leaving(messageOf(error))); // listr2 prints it as it is
			}
		};
		await new Listr([{ title: leaving(title), task }], await settingsFor(stream)).run();
		if (ended && "value" in ended) return ended.value;
		throw ended?.error;
	},
	note: (text) => void stream.write(`${leaving(text)}\n`),
});

async function settingsFor(stream: NodeJS.WriteStream) {
	const { DefaultRenderer, ListrLogger, PRESET_TIMER, ProcessOutput } = await import("listr2");
	const logger = new ListrLogger({ useIcons: true, processOutput: new ProcessOutput(stream, stream) });
	return {
		// listr2 asks whether stdout is a terminal, and prints on stdout when it is none
		renderer: class extends DefaultRenderer {
			static override nonTTY = true;
		},
		exitOnError: false,
		registerSignalListeners: false,
		rendererOptions: { logger, timer: PRESET_TIMER },
	};
}

/** Lines that may come from several works at once. */
export function plainProgress(say: (text: string) => void): Progress {
	return {
		async step(title, work) {
			const started = performance.now();
			let last = started;
			say(`• ${title}`);
			const value = await work((text) => {
				if (performance.now() - last < REPORT_EVERY_MS) return;
				last = performance.now();
				say(`  ${text}`);
			});
			say(`✔ ${title} (${seconds(performance.now() - started)})`);
			return value;
		},
		note: say,
	};
}

/** The same, told in two places. */
export const both = (one: Progress, other: Progress): Progress => ({
	step: (title, work) =>
		one.step(title, (report) =>
			other.step(title, (again) =>
				work((text) => {
					report(text);
					again(text);
				}),
			),
		),
	note(text) {
		one.note(text);
		other.note(text);
	},
});
