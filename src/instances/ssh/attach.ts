import type { ClientChannel, PseudoTtyOptions } from "ssh2";
import { NO_EXIT_CODE, type AttachedStreams } from "../attached.ts";

type Terminal = AttachedStreams["terminal"];

/** What a channel is opened with for a program that gets a terminal. */
export function terminalOf(terminal: Terminal): { pty?: PseudoTtyOptions } {
	if (!terminal) return {};
	const { columns, rows } = terminal.size();
	return { pty: { cols: columns, rows, term: "xterm-256color" } };
}

/** Leads the streams to the program of a channel until it ends; returns its exit code. Rejects with the reason of the abort. */
export async function attachTo(channel: ClientChannel, streams: AttachedStreams): Promise<number> {
	const { stdin, stdout, stderr, terminal, signal } = streams;
	const { promise, resolve, reject } = Promise.withResolvers<number>();
	const abort = () => {
		channel.close();
		reject(signal.reason as Error);
	};
	signal.addEventListener("abort", abort, { once: true });
	if (signal.aborted) abort();
	channel.on("error", reject).on("close", (code: number | null) => resolve(code ?? NO_EXIT_CODE));
	terminal?.onResize(() => {
		const { columns, rows } = terminal.size();
		channel.setWindow(rows, columns, 0, 0);
	});
	channel.pipe(stdout, { end: false });
	channel.stderr.pipe(stderr, { end: false });
	stdin?.pipe(channel);
	try {
		return await promise;
	} finally {
		signal.removeEventListener("abort", abort);
		stdin?.unpipe(channel);
	}
}
