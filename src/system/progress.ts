/** How a domain tells what it is doing. Text goes to stderr, never to stdout, and never decides anything. */
export interface Progress {
	/** Shows `title` while `work` runs; `report` replaces the line beside it (bytes, percentages, counts). */
	step<T>(title: string, work: (report: (text: string) => void) => Promise<T>): Promise<T>;
	/** One line that stays. */
	note(text: string): void;
}

/** Says nothing: for `--quiet` callers and tests that do not look at progress. */
export const silent: Progress = { step: (_title, work) => work(() => {}), note: () => {} };

/** Puts a name in front of everything: for work that goes on beside other work. */
export const prefixed = (progress: Progress, name: string): Progress => ({
	step: (title, work) => progress.step(`${name}: ${title}`, (report) => work((text) => report(`${name}: ${text}`))),
	note: (text) => progress.note(`${name}: ${text}`),
});
