import type { Client, ClientChannel, ExecOptions as ChannelOptions } from "ssh2";
import { UserError, messageOf } from "../../errors/errors.ts";
import { within } from "../../system/limits.ts";
import { shellWord } from "../../system/text.ts";
import { CALL_LIMITS, hasLimit, opened, type CallLimits, type Start } from "./calls.ts";
import type { SshTarget } from "./target.ts";

/** The channels of one connection. */
export interface Channels extends Loss {
	client: Client;
	/** Instance and user, for messages. */
	target: Pick<SshTarget, "name" | "user">;
	limits: CallLimits;
	/** A channel, in time. @throws UserError connection_lost, no_answer */
	open: (what: string, start: Start, signal?: AbortSignal) => Promise<ClientChannel>;
	/** That of a program; each argument is quoted for the shell there. */
	run: (argv: readonly string[], options?: ChannelOptions, signal?: AbortSignal) => Promise<ClientChannel>;
	/** Why a call failed: the connection was lost, or nothing came in time or without end; else the error itself. */
	failure: (what: string, error: unknown) => unknown;
}

interface Loss {
	/** Why the connection was lost before `close`; undefined while it holds. */
	lost: () => UserError | undefined;
	onLost: (listener: (error: UserError) => void) => void;
	close: () => void;
}

/**
 * Channels over one connection, each call within its limits. Calls throw why the connection was lost, else no_answer.
 */
export function channelsOf(client: Client, target: SshTarget): Channels {
	const limits = { ...CALL_LIMITS, ...target.limits };
	const loss = watchLoss(client, target.name);
	const failure = (what: string, error: unknown) => loss.lost() ?? silent(target.name, what, error);
	const open: Channels["open"] = async (what, start, signal) => {
		const lost = loss.lost();
		if (lost) throw lost;
		return within(limits.openMs, signal, (ended) => opened(start, ended)).catch((error: unknown) => {
			throw failure(what, error);
		});
	};
	const run: Channels["run"] = (argv, options = {}, signal) =>
		open(`start ${argv[0]}`, (done) => client.exec(argv.map(shellWord).join(" "), options, done), signal);
	return { client, target, limits, open, run, failure, ...loss };
}

function watchLoss(client: Client, name: string): Loss {
	let closed = false;
	let lost: UserError | undefined;
	const listeners: ((error: UserError) => void)[] = [];
	const lose = (detail: string) => {
		if (closed || lost) return;
		lost = new UserError("connection_lost", `the ssh connection to ${name} was lost (${detail})`, {
			hint: `cres status, then run the command again`,
		});
		for (const listener of listeners) listener(lost);
	};
	client.on("error", (error) => lose(messageOf(error)));
	client.on("close", () => lose("closed by the other side"));
	const close = () => {
		closed = true;
		client.end();
	};
	return { lost: () => lost, onLost: (listener) => void listeners.push(listener), close };
}

const silent = (name: string, what: string, error: unknown): unknown =>
	hasLimit(error)
		? new UserError("no_answer", `${name} did not ${what} over ssh: ${messageOf(error)}`, {
				hint: `cres ssh ${name}, to see whether it still works`,
				cause: error,
			})
		: error;
