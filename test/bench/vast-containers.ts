import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { instanceKey, instanceSocket } from "../../rehearsal/parts/instance.ts";
import { anyBaseImage } from "../../rehearsal/parts/registry.ts";
import { loginOf } from "../../rehearsal/parts/vast.ts";
import type { Perimeter } from "../../rehearsal/perimeter.ts";
import { contractSettings } from "../../rehearsal/project.ts";
import { startSimulator, type Simulator } from "../../rehearsal/vast/start.ts";
import { NO_DELAYS } from "../../rehearsal/vast/timings.ts";
import { expectedPollers } from "../../src/contracts/queues.ts";
import type { Rollout } from "../../src/rollout/report.ts";
import { systemClock } from "../../src/system/clock.ts";
import { writeDurably } from "../../src/system/durable-files.ts";
import { observePollers } from "../../src/temporal/pollers.ts";
import { connectTemporal, type Temporal } from "../../src/temporal/temporal.ts";
import { labelFor } from "../../src/vast/label.ts";
import { temporalOf, toolkitConnection } from "../support/perimeter-temporal.ts";
import { BENCH_INSTANCE, BENCH_QUEUE, withProject, type BenchProject } from "./project.ts";
import { rollBench } from "./vast-roll.ts";

const FACTOR = 100;
const ROUNDS = 3;
/** Beside the perimeter's own ports. */
const RANGES = { ports: { from: 70, to: 89 }, proxies: { from: 90, to: 93 } };

/** The built `cres` rolls a contract with real containers, real workers and a real Temporal behind it. */
export const containersBench = (root: string): Promise<void> =>
	withProject(root, {}, async (project) => {
		const { perimeter } = project;
		const simulator = await openAccount(perimeter);
		const temporal = await connectTemporal(toolkitConnection(temporalOf(perimeter)));
		try {
			const contract = await rent(simulator, perimeter);
			const roll = await rollerOf(project, simulator, contract);
			const polls = (id: string) => pollsIn(temporal, id);
			await rollBench("real containers, cres as a program", ROUNDS, {
				simulator,
				contract,
				factor: FACTOR,
				roll,
				polls,
			});
		} finally {
			await temporal.close();
			await simulator.close();
		}
	});

async function openAccount(perimeter: Perimeter): Promise<Simulator> {
	const { portBase } = perimeter;
	const shifted = ({ from, to }: { from: number; to: number }) => ({ from: portBase + from, to: portBase + to });
	return startSimulator({
		backing: { kind: "docker", socketPath: instanceSocket(perimeter), run: `bench${randomBytes(3).toString("hex")}` },
		...{ factor: FACTOR, timings: NO_DELAYS, ports: shifted(RANGES.ports), proxies: shifted(RANGES.proxies) },
		accountKeys: [await readFile(`${instanceKey(perimeter)}.pub`, "utf8")],
	});
}

/** What somebody rented by hand: an sshd, and nothing of cres. */
const rent = async (simulator: Simulator, perimeter: Perimeter): Promise<number> =>
	simulator.seed({
		image: await anyBaseImage(perimeter),
		env: { "-p 22:22": "1" },
		label: labelFor(BENCH_QUEUE, BENCH_INSTANCE),
		login: loginOf(perimeter),
	});

/** Makes the contract ready; each roll brings another setting, which makes another release of the same image. */
async function rollerOf(
	project: BenchProject,
	{ url, apiKey }: Simulator,
	contract: number,
): Promise<() => Promise<Rollout>> {
	const env = { ...process.env, VAST_URL: url, VAST_API_KEY: apiKey, CRES_VAST_TIME_FACTOR: String(FACTOR) };
	await project.cres(["control", "prepare"]);
	await project.cres(["build", "--push", "--allow-dirty"]);
	await configure(project, contract, 0);
	await project.cres(["instance", "adopt", BENCH_INSTANCE, "--yes"], { env });
	let next = 1;
	return async () => {
		await configure(project, contract, next++);
		const { stdout } = await project.cres(["deploy", BENCH_INSTANCE, "--json"], { env });
		return JSON.parse(stdout) as Rollout;
	};
}

async function configure({ directory, perimeter }: BenchProject, contract: number, round: number): Promise<void> {
	const path = join(directory, "cres.yaml");
	const settings = parse(await readFile(path, "utf8")) as Record<string, unknown>;
	const instances = { [BENCH_INSTANCE]: contractSettings(perimeter, BENCH_INSTANCE, contract) };
	const env = { WORKER_CPU_THREADS: String(1 + (round % 2)) };
	await writeDurably(path, stringify({ ...settings, env, instances }));
}

/** Identities end in the first digits of the container's id. */
async function pollsIn(temporal: Temporal, id: string): Promise<boolean> {
	const expected = expectedPollers(BENCH_QUEUE, ["cpu"]);
	const { rows } = await observePollers(temporal, expected, systemClock);
	const isOf = (identity: string): boolean => identity.endsWith(`-${id.slice(0, 8)}`);
	return expected.every(({ queue, type }) =>
		rows.some((row) => row.queue === queue && row.type === type && isOf(row.identity)),
	);
}
