import type { CallLimits } from "./calls.ts";

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
	/** Type of the pinned key: only that one is asked for. `unknown`: any that the host has; undefined: the one it prefers. */
	keyType?: string | undefined;
	/** Milliseconds that the sshd may take to answer; 10 s unless given. */
	handshakeMs?: number;
	/** What a call over the connection may take; the connection's own limits unless given. */
	limits?: Partial<CallLimits>;
}
