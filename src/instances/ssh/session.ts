import { createInterface } from "node:readline";
import type { Duplex } from "node:stream";
import type { Client, ClientChannel, ConnectConfig, ExecOptions } from "ssh2";
import { UserError, messageOf } from "../../errors/errors.ts";
import { traced } from "../../system/trace.ts";
import type { AttachedStreams } from "../attached.ts";
import { attachTo, terminalOf } from "./attach.ts";
import { explain, forwardingRefused, isProhibited, mismatch, whomOf } from "./failures.ts";
import { KEY_TYPES, algorithmsFor, hasNoSuchKey, offeredKey, typeOf, type OfferedKey } from "./host-key.ts";
import { loginHost, loginUser } from "./login.ts";
import { readPrivateKey } from "./private-key.ts";
import { signAtOnce } from "./sign-at-once.ts";
import { isOpenFailure, socketRefused } from "./socket-refusal.ts";
import type { RemoteResult, SshTarget } from "./target.ts";

export type { SshTarget } from "./target.ts";

const HANDSHAKE_TIMEOUT_MS = 10_000;
const KEEPALIVE_MS = 10_000;

/** One ssh connection with many channels. */
export interface SshSession {
	/** Runs a program on the instance; each argument is quoted for its shell. */
	exec(argv: readonly string[]): Promise<RemoteResult>;
	/** Runs a program on the instance with the given streams, each argument quoted for its shell; returns its exit code. */
	attach(argv: readonly string[], streams: AttachedStreams): Promise<number>;
	/** Lines that a program writes on the instance, until it ends or `signal` aborts. */
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
	const guard = <T>(start: (done: (error: Error | undefined, value: T) => void) => void): Promise<T> =>
		new Promise((resolve, reject) => {
			if (lost) return reject(lost);
			start((error, value) => (error ? reject(lost ?? error) : resolve(value)));
		});
	const run = (argv: readonly string[], options: ExecOptions = {}) =>
		guard<ClientChannel>((done) => client.exec(argv.map(quote).join(" "), options, done));
	const exec: SshSession["exec"] = (argv) =>
		traced(
			{ whom: target.name, what: argv.join(" ") },
			async () => collect(await run(argv)),
			({ exitCode }) => `exit ${exitCode}`,
		);
	return {
		async attach(argv, streams) {
			const code = await attachTo(await run(argv, terminalOf(streams.terminal)), streams);
			if (lost) throw lost;
			return code;
		},
		async *lines(argv, signal) {
			const channel = await run(argv);
			const abort = () => channel.close();
			signal.addEventListener("abort", abort, { once: true });
			try {
				yield* createInterface({ input: channel, crlfDelay: Infinity });
			} finally {
				signal.removeEventListener("abort", abort);
			}
			if (lost) throw lost;
		},
		exec,
		openSocket: (path) =>
			guard<ClientChannel>((done) => client.openssh_forwardOutStreamLocal(path, done)).catch(async (error: unknown) => {
				const { name, user } = target;
				throw isOpenFailure(error) ? await socketRefused({ name, user, path, exec }, error) : error;
			}),
		openPort: (host, port) =>
			guard<ClientChannel>((done) => client.forwardOut("127.0.0.1", 0, host, port, done)).catch((error: unknown) => {
				throw isProhibited(error) ? forwardingRefused(target.name, error) : error;
			}),
		onLost: (listener) => void listeners.push(listener),
		close() {
			closed = true;
			client.end();
		},
	};
}

function collect(channel: ClientChannel): Promise<RemoteResult> {
	return new Promise((resolve, reject) => {
		let stdout = "";
		let stderr = "";
		channel.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
		channel.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
		channel.on("error", reject);
		channel.on("close", (code: number | null) => resolve({ exitCode: code ?? 255, stdout, stderr }));
	});
}

/** One argument for a POSIX shell. */
export const quote = (argument: string): string =>
	/^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
