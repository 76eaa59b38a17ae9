import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { UserError } from "../../errors/errors.ts";
import { linesOf, within } from "../../system/limits.ts";
import { traced } from "../../system/trace.ts";
import type { AttachedStreams } from "../attached.ts";
import { attachTo, terminalOf } from "./attach.ts";
import { collect, type ExecOptions, type RemoteResult } from "./calls.ts";
import { channelsOf, type Channels } from "./channels.ts";
import { connect } from "./connect.ts";
import { explain, forwardingRefused, isProhibited, mismatch, whomOf } from "./failures.ts";
import { KEY_TYPES, hasNoSuchKey, offeredKey, typeOf, type OfferedKey } from "./host-key.ts";
import { isOpenFailure, socketRefused } from "./socket-refusal.ts";
import type { SshTarget } from "./target.ts";

export type { SshTarget } from "./target.ts";

/**
 * One ssh connection with many channels. What is not answered in time, or without end, is UserError no_answer: a peer can
 * keep the connection alive and do nothing.
 */
export interface SshSession {
	/** Runs a program on the instance, with `input` as its standard input; each argument is quoted for its shell. */
	exec(argv: readonly string[], options?: ExecOptions): Promise<RemoteResult>;
	/** Runs a program on the instance with the given streams, each argument quoted for its shell; returns its exit code. */
	attach(argv: readonly string[], streams: AttachedStreams): Promise<number>;
	/** Lines that a program writes on the instance, until it ends or `signal` aborts; very long ones are cut. */
	lines(argv: readonly string[], signal: AbortSignal): AsyncIterable<string>;
	/** A stream to a unix socket on the instance (OpenSSH PROTOCOL 2.4, direct-streamlocal). */
	openSocket(path: string): Promise<Duplex>;
	/** A stream to a TCP port as the instance sees it (RFC 4254, 7.2, direct-tcpip). */
	openPort(host: string, port: number): Promise<Duplex>;
	/** Calls `listener` when the connection is lost before `close`. */
	onLost(listener: (error: UserError) => void): void;
	close(): void;
}

/**
 * Logs in with a key, to the pinned host key and no other. `dialled` is called while the host answers.
 * @throws UserError bad_login (usage), instance_unreachable, host_key_unknown, host_key_mismatch, ssh_refused, ssh_key_missing, ssh_key_unusable
 */
export async function connectSsh(
	target: SshTarget,
	signal: AbortSignal,
	dialled: () => void = () => {},
): Promise<SshSession> {
	const { fingerprint } = target;
	if (fingerprint === undefined)
		throw new UserError("host_key_unknown", `no host key is pinned for ${target.name}`, {
			hint: `cres instance adopt ${target.name}`,
		});
	let seen: string | undefined;
	const accept = (offered: Buffer): boolean => (seen = offeredKey(offered).fingerprint) === fingerprint;
	const logIn = () => connect(target, signal, accept, dialled);
	const client = await traced({ whom: whomOf(target), what: "ssh login" }, logIn).catch(async (error: unknown) => {
		const isNarrow = target.keyType !== undefined && hasNoSuchKey(error);
		if (isNarrow || (seen !== fingerprint && seen !== undefined && target.keyType === "unknown")) {
			const found = await readPinnedKey({ ...target, fingerprint }, signal);
			if (found.fingerprint !== fingerprint || target.keyType === typeOf(found))
				throw mismatch(target, found.fingerprint);
			return connect({ ...target, keyType: typeOf(found) }, signal, accept).catch((again: unknown) => {
				throw explain(again, target);
			});
		}
		throw seen !== undefined && seen !== fingerprint ? mismatch(target, seen) : explain(error, target);
	});
	return session(client, target);
}

/** The key that the host offers now; nothing is sent to it. @throws UserError instance_unreachable */
export async function readHostKey(
	target: Omit<SshTarget, "fingerprint" | "key">,
	signal: AbortSignal,
): Promise<OfferedKey> {
	return readKey(target, signal).catch((error: unknown) => {
		throw explain(error, target);
	});
}

/** The pinned key when the host still has it, whatever it prefers now; else the one that it offers. Throws as readHostKey. */
export async function readPinnedKey(
	target: Omit<SshTarget, "fingerprint" | "key"> & { fingerprint: string },
	signal: AbortSignal,
): Promise<OfferedKey> {
	const { keyType, fingerprint } = target;
	const known = keyType !== undefined && keyType !== "unknown";
	const offered: OfferedKey[] = [];
	let none: unknown;
	for (const type of known ? [keyType, undefined] : [undefined, ...(keyType ? KEY_TYPES : [])]) {
		const one = await readKey({ ...target, keyType: type }, signal).catch((error: unknown) => {
			none = explain(error, target);
			if (!hasNoSuchKey(error)) throw none;
		});
		if (one?.fingerprint === fingerprint) return one;
		if (one) offered.push(one);
	}
	if (offered[0]) return offered[0];
	throw none;
}

async function readKey(target: Omit<SshTarget, "fingerprint" | "key">, signal: AbortSignal): Promise<OfferedKey> {
	let seen: Buffer | undefined;
	await connect({ ...target, key: undefined }, signal, (offered) => {
		seen = offered;
		return false;
	}).catch((error: unknown) => {
		if (seen === undefined) throw error;
	});
	return offeredKey(seen!);
}

function session(client: Client, target: SshTarget): SshSession {
	const channels = channelsOf(client, target);
	return {
		exec: (argv, options) => exec(channels, argv, options),
		attach: (argv, streams) => attach(channels, argv, streams),
		lines: (argv, signal) => lines(channels, argv, signal),
		openSocket: (path) => openSocket(channels, path),
		openPort: (host, port) => openPort(channels, host, port),
		onLost: channels.onLost,
		close: channels.close,
	};
}

const exec = (channels: Channels, argv: readonly string[], options: ExecOptions = {}): Promise<RemoteResult> =>
	traced(
		{ whom: channels.target.name, what: argv.join(" ") },
		async () => {
			const { limits, failure } = channels;
			const { timeoutMs = limits.execMs, signal } = options;
			const input = options.input?.catch(() => "");
			const channel = await channels.run(argv, {}, signal);
			void input?.then((text) => channel.end(text));
			return within(timeoutMs, signal, () => collect(channel, limits.execBytes))
				.catch((error: unknown) => {
					throw failure(`run ${argv[0]}`, error);
				})
				.finally(() => channel.close());
		},
		({ exitCode }) => `exit ${exitCode}`,
	);

async function attach({ run, lost }: Channels, argv: readonly string[], streams: AttachedStreams): Promise<number> {
	const channel = await run(argv, terminalOf(streams.terminal), streams.signal);
	const code = await attachTo(channel, streams);
	const loss = lost();
	if (loss) throw loss;
	return code;
}

async function* lines({ run, lost }: Channels, argv: readonly string[], signal: AbortSignal): AsyncIterable<string> {
	const channel = await run(argv, {}, signal);
	const abort = () => channel.destroy();
	signal.addEventListener("abort", abort, { once: true });
	if (signal.aborted) abort();
	try {
		channel.stderr.resume();
		yield* linesOf(channel);
	} catch (error) {
		if (!signal.aborted && !lost()) throw error;
	} finally {
		signal.removeEventListener("abort", abort);
		channel.close();
	}
	const loss = lost();
	if (loss) throw loss;
}

const openSocket = (channels: Channels, path: string): Promise<Duplex> =>
	channels
		.open(`open ${path}`, (done) => channels.client.openssh_forwardOutStreamLocal(path, done))
		.catch(async (error: unknown) => {
			const asked = { ...channels.target, path, exec: (argv: readonly string[]) => exec(channels, argv) };
			throw isOpenFailure(error) ? await socketRefused(asked, error) : error;
		});

const openPort = ({ client, target, open }: Channels, host: string, port: number): Promise<Duplex> =>
	open(`open port ${port}`, (done) => client.forwardOut("127.0.0.1", 0, host, port, done)).catch((error: unknown) => {
		throw isProhibited(error) ? forwardingRefused(target.name, error) : error;
	});
