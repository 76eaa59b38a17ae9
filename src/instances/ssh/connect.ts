import type { Client, ConnectConfig } from "ssh2";
import { algorithmsFor } from "./host-key.ts";
import { loginHost, loginUser } from "./login.ts";
import { logInAtOnce } from "./login-at-once.ts";
import { readPrivateKey } from "./private-key.ts";
import type { SshTarget } from "./target.ts";

const HANDSHAKE_TIMEOUT_MS = 10_000;
const KEEPALIVE_MS = 10_000;

/** Where to log in; without a key the host shows its own, and no more. */
export type Dialled = Omit<SshTarget, "fingerprint" | "key"> & { key: string | undefined };

/** A connection that is logged in to the host whose key `accept` takes. `dialled` is called while the host answers. */
export async function connect(
	target: Dialled,
	signal: AbortSignal,
	accept: (key: Buffer) => boolean,
	dialled: () => void = () => {},
): Promise<Client> {
	const [ssh2, settings] = await Promise.all([import("ssh2"), settingsOf(target, accept)]);
	signal.throwIfAborted();
	return loggedIn(new ssh2.default.Client(), settings, signal, dialled);
}

const loggedIn = (
	client: Client,
	{ config, keyType }: Settings,
	signal: AbortSignal,
	dialled: () => void,
): Promise<Client> =>
	new Promise((resolve, reject) => {
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
			logInAtOnce(client, keyType);
			setImmediate(dialled);
		} catch (error) {
			fail(error);
		}
	});

interface Settings {
	config: ConnectConfig;
	/** Of the private key. */
	keyType: string | undefined;
}

async function settingsOf(target: Dialled, accept: (key: Buffer) => boolean): Promise<Settings> {
	const [host, username] = [loginHost(target.name, target.host), loginUser(target.name, target.user)];
	const privateKey = target.key === undefined ? undefined : await readPrivateKey(target.name, target.key);
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
	return { config, keyType: privateKey?.parsed.type };
}
