import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Duplex } from "node:stream";
import type { Client, ClientChannel, ConnectConfig, ExecOptions as ChannelOptions } from "ssh2";
import { UserError, codeOf, messageOf } from "../../errors/errors.ts";
import { linesOf, within } from "../../system/limits.ts";
import { traced } from "../../system/trace.ts";
import type { AttachedStreams } from "../attached.ts";
import { attachTo, terminalOf } from "./attach.ts";
import {
	CALL_LIMITS,
	collect,
	hasLimit,
	opened,
	type CallLimits,
	type ExecOptions,
	type RemoteResult,
	type Start,
} from "./calls.ts";

const HANDSHAKE_TIMEOUT_MS = 10_000;
const KEEPALIVE_MS = 10_000;

/** Where and as whom to log in. */
export interface SshTarget {
	/** Instance name, for messages. */
	name: string;
	host: string;
	port: number;
	user: string;
	/** Absolute path of the private key file. */
	key: string;
	/** `SHA256:…` as OpenSSH prints it; undefined: never seen, so the login is refused. */
	fingerprint: string | undefined;
	/** Milliseconds that the sshd may take to answer; 10 s unless given. */
	handshakeMs?: number;
	/** What a call over the connection may take; CALL_LIMITS unless given. */
	limits?: Partial<CallLimits>;
}

/** A host key as an sshd offers it. */
export interface OfferedKey {
	/** `SHA256:…` */
	fingerprint: string;
	/** `ssh-ed25519 AAAA…`, as in known_hosts. */
	publicKey: string;
}

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

/** The fingerprint of a host key in wire format, as `ssh-keygen -l` prints it. */
const fingerprintOf = (key: Buffer): string =>
	`SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;

/** A host key in wire format (RFC 4253, 6.6: the type's length and name come first) as a line of known_hosts has it. */
const publicKeyOf = (key: Buffer): string =>
	`${key.subarray(4, 4 + key.readUInt32BE(0)).toString("ascii")} ${key.toString("base64")}`;

/**
 * Logs in with a key, to the pinned host key and no other. `dialled` is called while the host answers.
 * @throws UserError instance_unreachable, host_key_unknown, host_key_mismatch, ssh_refused, ssh_key_missing, ssh_key_unusable
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
	const accept = (offered: Buffer): boolean => (seen = fingerprintOf(offered)) === fingerprint;
	const login = () => connect(target, signal, accept, dialled);
	const whom = `${target.name} (${target.user}@${target.host}:${target.port})`;
	const client = await traced({ whom, what: "ssh login" }, login).catch((error: unknown) => {
		throw seen !== undefined && seen !== fingerprint ? mismatch(target, seen) : explain(error, target);
	});
	return session(client, target);
}

/** The key that the host offers now; nothing is sent to it. @throws UserError instance_unreachable */
export async function readHostKey(
	target: Omit<SshTarget, "fingerprint" | "key">,
	signal: AbortSignal,
): Promise<OfferedKey> {
	let seen: Buffer | undefined;
	const never = { ...target, key: undefined };
	await connect(never, signal, (offered) => {
		seen = offered;
		return false;
	}).catch((error: unknown) => {
		if (seen === undefined) throw explain(error, target);
	});
	return { fingerprint: fingerprintOf(seen!), publicKey: publicKeyOf(seen!) };
}

async function connect(
	target: Omit<SshTarget, "fingerprint" | "key"> & { key: string | undefined },
	signal: AbortSignal,
	accept: (key: Buffer) => boolean,
	dialled: () => void = () => {},
): Promise<Client> {
	const [ssh2, privateKey] = await Promise.all([
		import("ssh2"),
		target.key === undefined ? undefined : readKey(target.name, target.key),
	]);
	signal.throwIfAborted();
	const { Client } = ssh2.default;
	const config: ConnectConfig = {
		host: target.host,
		port: target.port,
		username: target.user,
		readyTimeout: target.handshakeMs ?? HANDSHAKE_TIMEOUT_MS,
		keepaliveInterval: KEEPALIVE_MS,
		keepaliveCountMax: 3,
		hostVerifier: accept,
		...(privateKey === undefined ? {} : { privateKey, authHandler: ["publickey"] }),
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
			setImmediate(dialled);
		} catch (error) {
			fail(keyUnusable(target.name, error));
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
		open(`start ${argv[0]}`, (done) => client.exec(argv.map(quote).join(" "), options, done), signal);
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
		exec: (argv, { timeoutMs = limits.execMs, signal } = {}) =>
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
			),
		openSocket: (path) => open(`open ${path}`, (done) => client.openssh_forwardOutStreamLocal(path, done)),
		openPort: (host, port) => open(`open port ${port}`, (done) => client.forwardOut("127.0.0.1", 0, host, port, done)),
		onLost: (listener) => void listeners.push(listener),
		close() {
			closed = true;
			client.end();
		},
	};
}

/** One argument for a POSIX shell. */
export const quote = (argument: string): string =>
	/^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;

async function readKey(name: string, path: string): Promise<Buffer> {
	try {
		return await readFile(path);
	} catch (error) {
		throw new UserError("ssh_key_missing", `the ssh key ${path} of ${name} cannot be read (${codeOf(error)})`, {
			hint: `set instances.${name}.key in cres.yaml to your private key file`,
			cause: error,
		});
	}
}

const keyUnusable = (name: string, cause: unknown) =>
	new UserError("ssh_key_unusable", `the ssh key of ${name} cannot be used: ${messageOf(cause)}`, {
		hint: "use an unencrypted private key that only you can read (ssh-keygen -t ed25519)",
		cause,
	});

const mismatch = (target: SshTarget, seen: string) =>
	new UserError(
		"host_key_mismatch",
		`${target.host}:${target.port} shows host key ${seen}, but ${target.fingerprint} is pinned for ${target.name}`,
		{ hint: `if the host was really re-made: cres instance adopt ${target.name} --replace-key` },
	);

function explain(error: unknown, target: Omit<SshTarget, "fingerprint" | "key">): unknown {
	if (error instanceof UserError) return error;
	const where = `${target.name} (${target.user}@${target.host}:${target.port})`;
	if ((error as { level?: string }).level === "client-authentication")
		return new UserError("ssh_refused", `${where} refuses the key`, {
			hint: `add the public key to ~${target.user}/.ssh/authorized_keys on the instance, or correct instances.${target.name}.key`,
			cause: error,
		});
	return new UserError("instance_unreachable", `${where} cannot be reached: ${messageOf(error)}`, {
		hint: `check instances.${target.name}.host and port in cres.yaml, then cres doctor`,
		cause: error,
	});
}
