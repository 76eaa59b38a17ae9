import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { makeKeyPair } from "../../rehearsal/vast/ssh-server.ts";
import { startSimulator, type Simulator } from "../../rehearsal/vast/start.ts";
import { NO_DELAYS } from "../../rehearsal/vast/timings.ts";
import type { Config } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import { onStartHead } from "../../src/contracts/vast.ts";
import { onDisk, type Effects } from "../../src/endpoint/apply.ts";
import type { RotationPorts } from "../../src/endpoint/rotate.ts";
import { openInstance } from "../../src/instances/open.ts";
import type { InstancePorts } from "../../src/instances/ports.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { recordEndpoint, type Endpoint } from "../../src/state/endpoints.ts";
import { scaledClock, systemClock, type Clock } from "../../src/system/clock.ts";
import { silent } from "../../src/system/progress.ts";
import { systemShell } from "../../src/system/shell.ts";
import type { VastAccount } from "../../src/vast/account.ts";
import { createVast } from "../../src/vast/client.ts";
import { createFleetReader } from "../../src/vast/fleet-reader.ts";
import type { Vast } from "../../src/vast/vast.ts";

/** The platform waits 30 s for a log: no less than 300 ms here, or a busy machine is too slow for it. */
export const FACTOR = 100;
const BUILD = "111111111111";

/** A simulated account with contracts that run, and the key that opens them. */
export interface Account {
	simulator: Simulator;
	vast: Vast;
	/** Contract number of each instance. */
	ids: Record<string, number>;
	/** Private key file. */
	key: string;
	close(): Promise<void>;
}

/** Contracts whose on-start prints the host key into the log, as those of cres do. */
export async function openAccount(...instances: readonly string[]): Promise<Account> {
	const folder = await mkdtemp(join(tmpdir(), "cres-account-"));
	const pair = makeKeyPair();
	const key = join(folder, "key");
	await writeFile(key, pair.private, { mode: 0o600 });
	const simulator = await startSimulator({
		backing: { kind: "state", resolve: () => ({ digest: `sha256:${"1".repeat(64)}`, buildId: BUILD }) },
		...{ factor: FACTOR, timings: NO_DELAYS, limits: false, accountKeys: [pair.public] },
	});
	const vast = createVast({
		url: simulator.url,
		key: new Secret(simulator.apiKey),
		clock: scaledClock(systemClock, FACTOR),
	});
	const onstart = [...onStartHead("r1", "spec"), "echo cres-host-key r1 SHA256:x", "supervisord"].join("\n");
	const ids: Record<string, number> = {};
	for (const name of instances) ids[name] = await simulator.seed({ image: "registry.example.com/w:sha-1", onstart });
	return { simulator, vast, ids, key, close: () => simulator.close() };
}

/** The endpoint that the simulated platform names for an instance now. */
export function platformPort({ simulator, ids }: Account, instance: string): number {
	return simulator.contract(ids[instance]!)!.container!.ports["22/tcp"]!;
}

/** Stands still, so that two runs write the same bytes. */
const STILL: Clock = { now: () => Date.parse("2026-03-04T05:06:07.089Z"), sleep: async () => {} };

/** A project's directory. */
export interface Place {
	root: string;
	config: Config;
	ports: RotationPorts;
	read(file: string): Promise<string>;
	write(file: string, text: string): Promise<void>;
}

/** A project with an instance for each contract of the account, and these files; in a Git repository unless told. */
export async function makePlace(
	account: Account,
	files: Readonly<Record<string, string>>,
	{ git = true, effects = onDisk }: { git?: boolean; effects?: Effects } = {},
): Promise<Place> {
	const root = await mkdtemp(join(tmpdir(), "cres-place-"));
	const write = async (file: string, text: string) => {
		await mkdir(dirname(join(root, file)), { recursive: true });
		await writeFile(join(root, file), text);
	};
	const instances = Object.entries(account.ids).map(
		([name, id]) => `  ${name}: { driver: vast, id: ${id}, key: ${account.key}, roles: [gpu] }\n`,
	);
	await write("cres.yaml", `${SETTINGS}instances:\n${instances.join("")}`);
	await write(".gitignore", ".env\n.cres/\n");
	for (const [file, text] of Object.entries(files)) await write(file, text);
	if (git) commit(root);
	const config = await loadConfig({ path: join(root, "cres.yaml"), environment: {} });
	const { signal } = new AbortController();
	const opened = instancePorts(account, config, signal);
	const open = (name: string) => openInstance(opened, name);
	const ports = { config, open, effects, shell: systemShell, clock: STILL, progress: silent, signal };
	return { root, config, ports, write, read: (file) => readFile(join(root, file), "utf8") };
}

function instancePorts({ vast }: Account, config: Config, signal: AbortSignal): InstancePorts {
	const never = () => Promise.reject(new Error("a rotation asks Vast and ssh alone"));
	const reader = createFleetReader(vast, STILL);
	const account: VastAccount = {
		...{ api: vast, clock: STILL, handshakeMs: 5_000, read: (id) => reader.read(id) },
		...{ registry: never, login: undefined },
	};
	const asked = { temporal: never, vast: async () => account, credential: undefined };
	return { config, clock: STILL, signal, note: () => {}, acceptHostKey: async () => false, ...asked };
}

const SETTINGS = `project: video
image: { repository: owner/worker }
registry: { push: { address: "127.0.0.1:5000" } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000" }
`;

function commit(root: string): void {
	const who = ["-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false"];
	for (const args of [
		["init", "--quiet"],
		["add", "."],
		[...who, "commit", "--quiet", "--message", "Begin"],
	])
		execFileSync("git", args, { cwd: root, stdio: "pipe" });
}

/** An endpoint of an earlier life. */
export const earlier = (account: Account, instance: string, host: string, port: number): Endpoint => ({
	...{ host, port, via: "direct", generation: 3, contract: account.ids[instance]! },
	...{ fingerprint: `SHA256:${"A".repeat(43)}`, verifiedBy: "log", since: "2026-01-02T03:04:05.000Z" },
});

export const record = ({ config }: Place, instance: string, endpoint: Endpoint): Promise<void> =>
	recordEndpoint(config.state, instance, endpoint);

/** Every file of a directory with its text; Git's own, leases and locks left out. */
export async function everything({ root }: Place): Promise<Record<string, string>> {
	const found: Record<string, string> = {};
	for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
		const path = join(entry.parentPath, entry.name).slice(root.length + 1);
		if (entry.isFile() && !/^\.git[\\/]|^\.cres[\\/](shared|[^\\/]+[\\/](leases|[^\\/]+\.lock))[\\/]/.test(path))
			found[path] = await readFile(join(root, path), "utf8");
	}
	return Object.fromEntries(Object.entries(found).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
