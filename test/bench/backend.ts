import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { stringify } from "yaml";
import { SEED } from "../backend/seed.ts";
import { freePorts } from "../support/free-ports.ts";
import { NGINX, pathWithNginx } from "../support/nginx.ts";
import { inTurns, median, mustRun, say } from "./measure.ts";
import { findWrk, peersOf, type Peer } from "./peers.ts";

const ROUNDS = 5;
const REQUESTS = 20_000;
/** During a rolling restart. */
const ROLLING_REQUESTS = 100_000;
const CALLERS = 16;

const SERVER = `
const { createServer } = require("node:http");
const server = createServer((request, response) => response.end("{}")).listen(Number(process.argv[2]), "127.0.0.1");
process.on("SIGTERM", () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

/** Start, status, restart and stop of a backend with its peers in turns, and what its gateway costs. */
export async function backendBench(root: string): Promise<void> {
	const directory = await mkdtemp(join(tmpdir(), "cres-bench-backend-"));
	try {
		await writeFile(join(directory, "server.cjs"), SERVER);
		const cres = cresIn(root, directory, process.env);
		await lifeOf("2 servers of Node", cres, () => writeServers(directory, 2), await peers(root, directory));
		await lifeOf("8 servers of Node", cres, () => writeServers(directory, 8));
		await seedLayout(root, join(directory, "seed"));
		await gateway(directory, cres);
	} finally {
		await rm(directory, { recursive: true, force: true });
	}
}

type Cres = (...args: string[]) => Promise<number>;

const cresIn =
	(root: string, cwd: string, env: NodeJS.ProcessEnv): Cres =>
	async (...args) =>
		(await mustRun(process.execPath, [join(root, "bin/run.js"), "backend", ...args, "--quiet"], { cwd, env })).ms;

async function writeBackend(directory: string, servers: Record<string, object>, port: number): Promise<void> {
	const command = [process.execPath, "server.cjs", "{port}"];
	await writeFile(join(directory, "backend.yaml"), stringify({ nginx: { port, program: NGINX }, servers, command }));
}

async function writeServers(directory: string, count: number): Promise<void> {
	const port = await freePorts(count + 1);
	const all = Array.from(
		{ length: count },
		(_, at) => [`s${at}`, { port: port + 1 + at, modules: [`m${at}`] }] as const,
	);
	await writeBackend(directory, Object.fromEntries(all), port);
}

/** They have no gateway, and do not wait for health. */
async function peers(root: string, directory: string): Promise<Peer[]> {
	const port = await freePorts(2);
	return peersOf(root, { directory, file: join(directory, "server.cjs"), ports: [port, port + 1] });
}

/** The whole life of a backend and of its peers, all in one round after the other: other load hits all alike. */
async function lifeOf(what: string, cres: Cres, write: () => Promise<void>, others: Peer[] = []): Promise<void> {
	await write();
	const own: Peer = {
		name: "cres backend, with gateway and health",
		start: () => cres("start"),
		status: () => cres("status"),
		restart: () => cres("restart"),
		stop: () => cres("stop"),
	};
	const steps = ["start", "status", "restart", "stop"] as const;
	const all = [own, ...others];
	const variants = all.flatMap((peer) => steps.map((step) => [`${step} ${peer.name}`, peer[step]] as const));
	const times = await inTurns(ROUNDS, Object.fromEntries(variants));
	say(`${what}, medians of ${ROUNDS} (aim: restart ≤ 2000 ms)`);
	for (const { name } of all)
		say(`  ${name}: ${steps.map((step) => `${step} ${Math.round(median(times[`${step} ${name}`]!))} ms`).join(", ")}`);
}

/** The two servers of the seed's guide: uvicorn with reload, from its file as it is written. */
async function seedLayout(root: string, directory: string): Promise<void> {
	await cp(join(root, "test/fixtures/seed-app"), directory, { recursive: true });
	const PATH = [join(root, ".cres/venv/bin"), pathWithNginx()].join(delimiter);
	await lifeOf(
		"2 servers of uvicorn with reload, as in the seed",
		cresIn(root, directory, { ...process.env, PATH }),
		async () => {
			const port = await freePorts(4);
			const moved = SEED.replace(/port: 800(\d)/g, (_, at) => `port: ${port + Number(at)}`);
			await writeFile(join(directory, "dev-config.yaml"), moved);
		},
	);
}

async function gateway(directory: string, cres: Cres): Promise<void> {
	const port = await freePorts(5);
	await writeBackend(directory, { api: { port: port + 1, instances: 3, modules: ["jobs"] } }, port);
	await cres("start");
	try {
		const path = "/api/v1/jobs/x";
		const rate = await rateOf(directory, path);
		const rates = await inTurns(3, { direct: () => rate.of(port + 1), gateway: () => rate.of(port) });
		say(
			`${CALLERS} callers of ${rate.tool} with kept connections: ${Math.round(median(rates.direct))} requests/s to one server, ${Math.round(median(rates.gateway))} through the gateway to three`,
		);
		let isOver = false;
		const loading = callers(port, path, ROLLING_REQUESTS, () => !isOver);
		const ms = await cres("restart");
		isOver = true;
		const { done, failed } = await loading;
		say(`a rolling restart of 3 instances takes ${Math.round(ms)} ms; ${failed} of ${done} requests failed (aim: 0)`);
	} finally {
		await cres("stop");
	}
}

/** Requests a second of a port: by wrk, else by callers of this process, which are a bottleneck of their own. */
async function rateOf(directory: string, path: string) {
	const wrk = await findWrk(directory);
	const own = async (port: number) => REQUESTS / ((await callers(port, path, REQUESTS, () => false)).ms / 1_000);
	if (!wrk) return { tool: "this bench", of: own };
	const args = ["--threads", "2", "--connections", String(CALLERS), "--duration", "5s"];
	const of = async (port: number) => {
		const { stdout } = await mustRun(wrk.file, [...args, `http://127.0.0.1:${port}${path}`], { env: wrk.env });
		return Number(/Requests\/sec:\s*([\d.]+)/.exec(stdout)![1]);
	};
	return { tool: "wrk", of };
}

/** Sends so many requests, and goes on while `more` says so. */
async function callers(port: number, path: string, count: number, more: () => boolean) {
	const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
	const started = performance.now();
	let [done, failed] = [0, 0];
	const call = async () => {
		while (done < count || more()) {
			done++;
			if ((await statusOf(agent, port, path)) !== 200) failed++;
		}
	};
	await Promise.all(Array.from({ length: CALLERS }, call));
	agent.destroy();
	return { ms: performance.now() - started, done, failed };
}

const statusOf = (agent: Agent, port: number, path: string): Promise<number | undefined> =>
	new Promise((resolve) => {
		const asked = request({ agent, port, path, host: "127.0.0.1" }, (response) => {
			response.resume();
			response.once("end", () => resolve(response.statusCode));
		});
		asked.once("error", () => resolve(undefined));
		asked.end();
	});
