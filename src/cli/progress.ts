import type { Progress } from "../system/progress.ts";
import { redact } from "../secrets/secret.ts";
import { seconds } from "../system/text.ts";

const REPORT_EVERY_MS = 5_000;

/** Spinners of a terminal. */
export function liveProgress(stream: NodeJS.WriteStream): Progress {
	return {
		async step(title, work) {
			const { Listr, ListrLogger, PRESET_TIMER, ProcessOutput } = await import("listr2");
			let result: { value: Awaited<ReturnType<typeof work>> } | undefined;
			const logger = new ListrLogger({ useIcons: true, processOutput: new ProcessOutput(stream, stream) });
			await new Listr(
				[
					{
						title,
						task: async (_context, task) => {
							result = { value: await work((text) => (task.output = redact(text))) };
						},
					},
				],
				{
					fallbackRendererCondition: false,
					registerSignalListeners: false,
					rendererOptions: { logger, timer: PRESET_TIMER },
				},
			).run();
			return result!.value;
		},
		note: (text) => void stream.write(`${redact(text)}\n`),
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
