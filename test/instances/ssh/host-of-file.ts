import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { connectSsh, type SshSession, type SshTarget } from "../../../src/instances/ssh/session.ts";
import { startSshHost, type SshHost } from "../../support/ssh-host.ts";

export const NEVER = new AbortController().signal;

/** One sshd for the tests of a file; sessions end with their test. */
export function hostOfFile() {
	let host: SshHost;
	let open: SshSession[] = [];
	beforeAll(async () => {
		host = await startSshHost();
	});
	afterAll(() => host[Symbol.asyncDispose]());
	beforeEach(() => {
		Object.assign(host, { commands: [], logins: 0 });
		open = [];
	});
	afterEach(() => {
		for (const session of open) session.close();
	});
	const target = (change: Partial<SshTarget> = {}): SshTarget => ({
		...{ name: "cpu-1", host: "127.0.0.1", port: host.port, user: "ops", key: host.key, fingerprint: host.fingerprint },
		...change,
	});
	const login = async (change: Partial<SshTarget> = {}, signal = NEVER, dialled?: () => void) => {
		const session = await connectSsh(target(change), signal, dialled);
		open.push(session);
		return session;
	};
	return { host: () => host, target, login };
}
