import type { Duplex } from "node:stream";
import type { Client, ClientChannel, ConnectConfig, ExecOptions as ChannelOptions } from "ssh2";
import { UserError, messageOf } from "../../errors/errors.ts";
import { linesOf, within } from "../../system/limits.ts";
import { shellWord } from "../../system/text.ts";
import { traced } from "../../system/trace.ts";
import type { AttachedStreams } from "../attached.ts";
import { attachTo, terminalOf } from "./attach.ts";
import { CALL_LIMITS, collect, hasLimit, opened, type ExecOptions, type RemoteResult, type Start } from "./calls.ts";
import { explain, forwardingRefused, isProhibited, mismatch, whomOf } from "./failures.ts";
import { KEY_TYPES, algorithmsFor, hasNoSuchKey, offeredKey, typeOf, type OfferedKey } from "./host-key.ts";
import { loginHost, loginUser } from "./login.ts";
import { readPrivateKey } from "./private-key.ts";
import { signAtOnce } from "./sign-at-once.ts";
import { isOpenFailure, socketRefused } from "./socket-refusal.ts";
import type { SshTarget } from "./target.ts";

export type { SshTarget } from "./target.ts";

const HANDSHAKE_TIMEOUT_MS = 10_000;
const KEEPALIVE_MS = 10_000;

/**
 * One ssh connection with many channels. What is not answered in time, or without end, is UserError no_answer: a peer can
 * keep the connection alive and do nothing.
 */
export interface SshSession {
	/** Runs a program on the instance; each argument is quoted for its shell. */
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

async function connect(
	target: Omit<SshTarget, "fingerprint" | "key"> & { key: string | undefined },
	signal: AbortSignal,
	accept: (key: Buffer) => boolean,
	dialled: () => void = () => {},
): Promise<Client> {
	const [host, username] = [loginHost(target.name, target.host), loginUser(target.name, target.user)];
	const [ssh2, privateKey] = await Promise.all([
		import("ssh2"),
		target.key === undefined ? undefined : readPrivateKey(target.name, target.key),
	]);
	signal.throwIfAborted();
	const { Client } = ssh2.default;
	const algorithms = algorithmsFor(target.keyType);
	const config: ConnectConfig = {
		host,
		port: target.port,
		username,
		readyTimeout: target.handshakeMs ?? HANDSHAKE_TIMEOUT_MS,
		keepaliveInterval: KEEPALIVE_MS,
		keepaliveCountMax: 3,
		hostVerifier: accept,
		...(algorithms === undefined ? {} : { algorithms: { serverHostKey: algorithms } }),
		...(privateKey === undefined ? {} : { privateKey: privateKey.text, authHandler: ["publickey"] }),
	};
	const client = new Client();
	return new Promise((resolve, reject) => {
		const abort = () => fail(signal.reason);
		const fail = (error: unknown) => {
			signal.removeEventListener("abort", abort);
			client.end();
			reject(error);
		};
		signal.addEventListener("abort", abort, { once: true });
		client.once("connect", () => client.setNoDelay(true)); // else each step of the login, and later each call, waits 40 ms for an ACK
		client.on("error", fail); // it may report twice, and an error that nobody hears ends the process
		client.once("ready", () => {
			signal.removeEventListener("abort", abort);
			resolve(client);
		});
		try {
			client.connect(config);
			signAtOnce(client);
			setImmediate(dialled);
		} catch (error) {
			fail(error);
		}
	});
}

function session(client: Client, target: SshTarget): SshSession {
	let closed = false;
	let lost: UserError | undefined;
	const listeners: ((error: UserError) => void)[] = [];
	const lose = (detail: string) => {
		if (closed || lost) return;
		lost = new UserError("connection_lost", `the ssh connection to ${target.name} was lost (${detail})`, {
			hint: `cres status, then run the command again`,
		});
		for (const listener of listeners) listener(lost);
	};
	client.on("error", (error) => lose(messageOf(error)));
	client.on("close", () => lose("closed by the other side"));
	const limits = { ...CALL_LIMITS, ...target.limits };
	const silent = (what: string, error: unknown) =>
		hasLimit(error)
			? new UserError("no_answer", `${target.name} did not ${what} over ssh: ${messageOf(error)}`, {
					hint: `cres ssh ${target.name}, to see whether it still works`,
					cause: error,
				})
			: error;
	const open = (what: string, start: Start, signal?: AbortSignal): Promise<ClientChannel> => {
		if (lost) return Promise.reject(lost);
		return within(limits.openMs, signal, (ended) => opened(start, ended)).catch((error: unknown) => {
			throw lost ?? silent(what, error);
		});
	};
	const run = (argv: readonly string[], options: ChannelOptions = {}, signal?: AbortSignal) =>
		open(`start ${argv[0]}`, (done) => client.exec(argv.map(shellWord).join(" "), options, done), signal);
	const exec: SshSession["exec"] = (argv, { timeoutMs = limits.execMs, signal } = {}) =>
		traced(
			{ whom: target.name, what: argv.join(" ") },
			async () => {
				const channel = await run(argv, {}, signal);
				const result = within(timeoutMs, signal, () => collect(channel, limits.execBytes));
				return result
					.catch((error: unknown) => {
						throw lost ?? silent(`run ${argv[0]}`, error);
					})
					.finally(() => channel.close());
			},
			({ exitCode }) => `exit ${exitCode}`,
		);
	return {
		async attach(argv, streams) {
			const channel = await run(argv, terminalOf(streams.terminal), streams.signal);
			const code = await attachTo(channel, streams);
			if (lost) throw lost;
			return code;
		},
		async *lines(argv, signal) {
			const channel = await run(argv, {}, signal);
			const abort = () => channel.destroy();
			signal.addEventListener("abort", abort, { once: true });
			if (signal.aborted) abort();
			try {
				channel.stderr.resume();
				yield* linesOf(channel);
			} catch (error) {
				if (!signal.aborted && !lost) throw error;
			} finally {
				signal.removeEventListener("abort", abort);
				channel.close();
			}
			if (lost) throw lost;
		},
		exec,
		openSocket: (path) =>
			open(`open ${path}`, (done) => client.openssh_forwardOutStreamLocal(path, done)).catch(async (error: unknown) => {
				const { name, user } = target;
				throw isOpenFailure(error) ? await socketRefused({ name, user, path, exec }, error) : error;
			}),
		openPort: (host, port) =>
			open(`open port ${port}`, (done) => client.forwardOut("127.0.0.1", 0, host, port, done)).catch(
				(error: unknown) => {
					throw isProhibited(error) ? forwardingRefused(target.name, error) : error;
				},
			),
		onLost: (listener) => void listeners.push(listener),
		close() {
			closed = true;
			client.end();
		},
	};
}
