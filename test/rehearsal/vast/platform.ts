import { setTimeout as delay } from "node:timers/promises";
import ssh2 from "ssh2";
import { makeKeyPair } from "../../../rehearsal/vast/ssh-server.ts";
import { startSimulator, type Simulator, type SimulatorOptions } from "../../../rehearsal/vast/start.ts";
import { NO_DELAYS } from "../../../rehearsal/vast/timings.ts";

/** Key of the account that the simulated contracts belong to. */
export const KEY = makeKeyPair();
/** One that no account has. */
export const OTHER_KEY = makeKeyPair();

export const V1 = "registry.test/cres/worker:v1";
export const V2 = "registry.test/cres/worker:v2";
const DIGESTS: Record<string, { digest: string; buildId: string }> = {
	[V1]: { digest: `sha256:${"1".repeat(64)}`, buildId: "111111111111" },
	[V2]: { digest: `sha256:${"2".repeat(64)}`, buildId: "222222222222" },
};
/** A reference whose meaning a test changes. */
export const MUTABLE = "registry.test/cres/worker:latest";
export const moveTag = (to: string): void => void (DIGESTS[MUTABLE] = DIGESTS[to]!);

/** As cres renders it, in the parts that the simulator reads. */
export const ONSTART = [
	"touch /root/.no_auto_tmux",
	"chmod 700 /root/.ssh",
	'echo "cres-host-key r-1 $(ssh-keygen -lf key.pub)" > /proc/1/fd/1',
	"supervisord",
].join("\n");

/** Simulated contracts without containers; 200 times as fast as ours, no limits, no delays unless told. */
export const simulate = (options: Partial<SimulatorOptions> = {}): Promise<Simulator> =>
	startSimulator({
		backing: { kind: "state", resolve: (reference) => DIGESTS[reference] ?? "missing" },
		factor: 200,
		limits: false,
		timings: NO_DELAYS,
		accountKeys: [KEY.public],
		...options,
	});

export interface Answered {
	status: number;
	text: string;
	body: Record<string, unknown>;
	headers: Headers;
}

/** One call as curl would make it. */
export async function call(
	{ url, apiKey }: Pick<Simulator, "url" | "apiKey">,
	method: string,
	path: string,
	body?: unknown,
): Promise<Answered> {
	const answer = await fetch(`${url}${path}`, {
		method,
		redirect: "manual",
		headers: { authorization: `Bearer ${apiKey}` },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	const text = await answer.text();
	const isJson = answer.headers.get("content-type") === "application/json";
	return { status: answer.status, text, body: isJson ? JSON.parse(text) : {}, headers: answer.headers };
}

/** The object of GET /api/v0/instances/{id}/. */
export const show = async (simulator: Simulator, id: number): Promise<Record<string, unknown>> =>
	(await call(simulator, "GET", `/api/v0/instances/${id}/`)).body["instances"] as Record<string, unknown>;

/** PUT /api/v0/instances/<verb>/{id}/ */
export const put = (simulator: Simulator, verb: string, id: number, body: object = {}): Promise<Answered> =>
	call(simulator, "PUT", `/api/v0/instances/${verb}/${id}/`, body);

/** Looks every millisecond until `check` is true. @throws Error after `timeoutMs` */
export async function until(check: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
	for (const end = Date.now() + timeoutMs; !(await check()); await delay(1))
		if (Date.now() > end) throw new Error(`gave up: ${check.toString()}`);
}

/** Every value that `read` gave until `check` was true, repetitions left out. */
export async function watch<T>(read: () => T, check: () => boolean): Promise<T[]> {
	const seen: T[] = [read()];
	await until(() => {
		const now = read();
		if (now !== seen.at(-1)) seen.push(now);
		return check();
	});
	return seen;
}

/** Waits until the contract's n-th container runs. */
export const generation = (simulator: Simulator, id: number, number: number): Promise<void> =>
	until(() => {
		const contract = simulator.contract(id)!;
		return contract.generations === number && contract.actual === "running";
	});

export interface SshAnswer {
	stdout: string;
	exitCode: number;
	banner: string;
	/** Host key in wire format. */
	hostKey: Buffer;
}

/** Runs a command over ssh as root. @throws Error what ssh2 says */
export function ssh(port: number, command: string, privateKey = KEY.private): Promise<SshAnswer> {
	const client = new ssh2.Client();
	let banner = "";
	let hostKey: Buffer = Buffer.alloc(0);
	return new Promise((resolve, reject) => {
		client.on("error", reject).on("close", () => reject(new Error("closed")));
		client.on("banner", (text) => void (banner += text));
		client.on("ready", () =>
			client.exec(command, (error, channel) => {
				if (error) return reject(error);
				let stdout = "";
				channel.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
				channel.on("close", (exitCode: number) => {
					client.end();
					resolve({ stdout, exitCode, banner, hostKey });
				});
			}),
		);
		const hostVerifier = (key: Buffer) => {
			hostKey = key;
			return true;
		};
		client.connect({ host: "127.0.0.1", port, username: "root", privateKey, readyTimeout: 1_000, hostVerifier });
	});
}

/** Host port of the contract's own sshd. */
export const sshPort = (simulator: Simulator, id: number): number =>
	simulator.contract(id)!.container!.ports["22/tcp"]!;
