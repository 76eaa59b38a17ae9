import { silent, type Progress } from "../system/progress.ts";
import { leaving } from "../secrets/leaving.ts";
import { both, liveProgress, plainProgress } from "./progress.ts";

/** What a command says besides its result, as its flags want it: on stderr, and in the log file. */
export interface Talk {
	/** Of work that goes on alone: spinners on a terminal, lines elsewhere. */
	progress: Progress;
	/** Of works that go on at the same time. */
	lines: Progress;
	/** One line for the person at the terminal; nothing under --quiet. */
	note(text: string): void;
	/** For the log file alone. */
	record(text: string): void;
	close(): void;
}

export interface TalkOptions {
	quiet?: boolean | undefined;
	verbose?: boolean | undefined;
	/** Path of the log file. */
	logFile?: string | undefined;
}

/** @throws UserError log_file_unusable (usage) */
export async function openTalk(
	stream: NodeJS.WriteStream,
	{ quiet, verbose, logFile }: TalkOptions = {},
): Promise<Talk> {
	const say = (text: string) => void stream.write(`${leaving(text)}\n`);
	const file = logFile === undefined ? undefined : (await import("./log-file.ts")).openLogFile(logFile, say);
	const record = (text: string) => file?.write(text);
	const recorded = file ? plainProgress(record) : silent;
	const lines = both(quiet ? silent : plainProgress(say), recorded);
	const isLive = stream.isTTY && !quiet && !verbose; // the lines of --verbose would tear a spinner's
	if (verbose) {
		const [{ onAsked }, { askedLine }] = await Promise.all([import("../system/trace.ts"), import("./asked-line.ts")]);
		onAsked((one) => lines.note(askedLine(one)));
	}
	return {
		progress: isLive ? both(liveProgress(stream), recorded) : lines,
		lines,
		note: (text) => lines.note(text),
		record,
		close: () => file?.close(),
	};
}
