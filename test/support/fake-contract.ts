import { onStartHead } from "../../src/contracts/vast.ts";
import type { Config } from "../../src/config/config.ts";
import { UserError } from "../../src/errors/errors.ts";
import type { Connected } from "../../src/instances/vast/connect.ts";
import type { VastPorts } from "../../src/instances/vast/ports.ts";
import { probe } from "../../src/instances/vast/probe.ts";
import { replacedBy, type VastRollout } from "../../src/instances/vast/roll/vast-rollout.ts";
import type { SshSession } from "../../src/instances/ssh/session.ts";
import { formatIdentity } from "../../src/contracts/identity.ts";
import type { JournalEvent } from "../../src/state/journal-events.ts";
import type { Clock } from "../../src/system/clock.ts";
import type { Temporal } from "../../src/temporal/temporal.ts";
import type { VastAccount } from "../../src/vast/account.ts";
import type { Contract } from "../../src/vast/vast.ts";
import { nextRelease } from "./next-release.ts";

/** A container behind ssh, as data. */
interface FakeContainer {
	contract: number;
	buildId: string;
	/** Rollout of its on-start. */
	rollout: string;
	/** 8 hex digits; empty before on-start ran. */
	id: string;
	worker: string;
	pid: number;
	/** Does not obey. */
	stubborn: boolean;
	/** What its api says. */
	health: Record<string, string>;
}

/** One contract at a platform whose time passes only while somebody waits: half an hour takes a moment. */
export interface FakeContract {
	contract: Contract;
	container: FakeContainer;
	ports: VastPorts;
	own: VastRollout;
	/** Milliseconds that were waited. */
	waited(): number;
	/** What happens to the contract: called at each wait with the number of waits so far. */
	happens(work: (wait: number) => void): void;
	/** Calls that changed something, in order. */
	calls: string[];
	reports: string[];
	notes: string[];
	journal: JournalEvent[];
	/** Sessions that were opened and not closed. */
	open(): number;
	/** What the next connections end with instead of a session. */
	refusals: UserError[];
}

/** Builds of before and after. */
export const [OLD, NEW] = ["aaaaaaaaaaaa", "bbbbbbbbbbbb"];
export const ROLLOUT = "20261129T101500.123-4";
const NAME = "gpu-1";

const usual: Contract = {
	...{ id: 7, machineId: 1, label: "cres/p/gpu-1", actual: "running", intended: "running", statusMessage: null },
	...{ image: "registry.test/cres/worker:b-b", runtype: "ssh_direc ssh_proxy", env: [], ports: { "22/tcp": 4001 } },
	onstart: onStartHead(ROLLOUT, "s1").join("\n"),
	...{ publicIp: "192.0.2.1", sshHost: "ssh.test", sshPort: 5000, diskGb: 40, gpus: 1, gpuName: null, dphTotal: 0 },
};

/** The contract as a rollout has just recycled it, its old container at the same ports still. */
export function fakeContract(change: Partial<Contract> = {}): FakeContract {
	const contract: Contract = { ...usual, ...change };
	const container: FakeContainer = {
		...{ contract: 7, buildId: NEW, rollout: ROLLOUT, id: "89abcdef", worker: "RUNNING", pid: 42, stubborn: false },
		health: Object.fromEntries(["api", "temporal", "minio", "llama", "whisper"].map((name) => [name, "ok"])),
	};
	const { clock, waited, happens } = waitingClock();
	const world = {
		calls: [] as string[],
		reports: [] as string[],
		notes: [] as string[],
		journal: [] as JournalEvent[],
	};
	const sessions = new Set<SshSession>();
	const refusals: UserError[] = [];
	const connected = async (): Promise<Connected> => {
		const refusal = refusals.shift();
		if (refusal) throw refusal;
		const session = sessionTo(container, world.calls, sessions);
		return { session, probe: await probe(NAME, session), endpoint: endpointOf(contract) };
	};
	const account = {
		...{ clock, handshakeMs: 10, registry: none, login: undefined },
		read: async () => (contract.id === 0 ? undefined : { ...contract }),
		api: {
			recycle: async () => void world.calls.push("recycle"),
			stage: async (_: number, { image }: { image: string }) => void world.calls.push(`stage ${image}`),
		},
	} as unknown as VastAccount;
	const ports = {
		...{ name: NAME, settings: { driver: "vast", id: 7, roles: ["cpu"], env: {} }, clock, config },
		...{ signal: new AbortController().signal, note: (text: string) => void world.notes.push(text) },
		temporal: async () => temporalOf(container, clock),
		vast: async () => account,
	} as unknown as VastPorts;
	return {
		...{ contract, container, ports, refusals, ...world },
		own: rolloutOf(account, { ...contract }, world.journal, connected),
		...{ waited, happens },
		open: () => sessions.size,
	};
}

/** A clock on which only waiting takes time. */
function waitingClock(): { clock: Clock } & Pick<FakeContract, "waited" | "happens"> {
	const started = 1_800_000_000_000;
	let [now, waits] = [started, 0];
	let work: (wait: number) => void = () => {};
	return {
		clock: {
			now: () => now,
			async sleep(ms, signal) {
				signal?.throwIfAborted();
				now += ms;
				work(++waits);
			},
		},
		waited: () => now - started,
		happens: (given) => void (work = given),
	};
}

/** A session that is among the open ones until it is closed. */
function sessionTo(container: FakeContainer, calls: string[], open: Set<SshSession>): SshSession {
	const session: SshSession = {
		...{ attach: none, lines: none, openSocket: none, openPort: none, onLost: () => {} },
		exec: async (argv) => answer(container, argv.join(" "), calls),
		close: () => void open.delete(session),
	};
	open.add(session);
	return session;
}

const config = { queue: "jobs", rollout: { deploy_timeout: 60_000 } } as unknown as Config;
const none = (): never => {
	throw new Error("nobody asks for that here");
};

const endpointOf = ({ ports, id }: Contract): Connected["endpoint"] => ({
	...{ host: "192.0.2.1", port: ports["22/tcp"]!, via: "direct", generation: 2, contract: id },
	...{ fingerprint: "SHA256:f", verifiedBy: "log", since: "" },
});

const rolloutOf = (
	account: VastAccount,
	contract: Contract,
	journal: JournalEvent[],
	connect: () => Promise<Connected>,
): VastRollout => ({
	...{ account, contract, connect, before: contract, next: nextRelease(), known: { releases: [], polls: [] } },
	...{ connected: undefined, underWay: false, ranBefore: undefined, begun: "nothing" },
	replaced: replacedBy(contract, undefined),
	run: {
		...{
			id: ROLLOUT,
			begun: null,
			token: 4,
			by: "ops@control",
			generation: 0,
			pollers: [],
			steps: [],
			log: [],
			logKept: false,
			facts: [],
			note: () => {},
		},
		journal: { write: async (event) => void journal.push(event) },
	},
});

function answer(container: FakeContainer, command: string, calls: string[]) {
	const said = (stdout: string, exitCode = 0) => ({ stdout, stderr: "", exitCode });
	const { contract, buildId, rollout, id, worker, pid, health } = container;
	if (command.includes("cres-probe-begin"))
		return said(
			[
				...["cres-probe-begin", `container_id=${contract}`, `rollout=${rollout}`, `worker_container=${id}`],
				`build_info=${JSON.stringify({ buildId, revision: "r", version: "1", created: "c" })}`,
				...[`worker=${worker}`, `worker_pid=${worker === "RUNNING" ? pid : ""}`, "cres-probe-end"],
			].join("\n"),
		);
	const verb = /^supervisorctl .* (start|stop) workers/.exec(command)?.[1];
	if (verb) {
		calls.push(verb);
		if (!container.stubborn && worker !== "none") container.worker = verb === "stop" ? "STOPPED" : "RUNNING";
		return said("");
	}
	if (command.includes("tail ")) return said("last words\n\n");
	return said(JSON.stringify({ role: "compute", ...health, reasons: {}, pretended: true, buildId }));
}

/** Sees the container's worker poll while it runs. */
const temporalOf = (container: FakeContainer, clock: Clock): Temporal =>
	({
		queueStatus: async () => ({
			backlog: { count: 0, ageMs: 0 },
			pollers:
				container.worker === "RUNNING"
					? [
							{
								identity: formatIdentity({
									...{ role: "cpu", instance: NAME, buildId: container.buildId, container: container.id },
								}),
								...{ buildId: container.buildId, lastSeenMs: clock.now() },
							},
						]
					: [],
		}),
		heartbeats: async () => [],
	}) as unknown as Temporal;
