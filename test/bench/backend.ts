import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { NGINX } from "../support/nginx.ts";
import { freePorts } from "../support/free-ports.ts";
import { inTurns, median, mustRun, say } from "./measure.ts";

const ROUNDS = 5;
const REQUESTS = 20_000;
/** During a rolling restart. */
const ROLLING_REQUESTS = 100_000;
const CALLERS = 16;
/** Of the peer that is fetched for this bench; its licence is AGPL, so nothing else of ours uses it. */
const PM2 = "pm2@7.0.4";

const SERVER = `
const { createServer } = require("node:http");
const server = createServer((request, response) => response.end("{}")).listen(Number(process.argv[2]), "127.0.0.1");
process.on("SIGTERM", () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

/** Start, status, restart and stop of a backend, and what its gateway costs, with pm2 beside it where it can be fetched. */
export async function backendBench(root: string): Promise<void> {
	const directory = await mkdtemp(join(tmpdir(), "cres-bench-backend-"));
	try {
		await writeFile(join(directory, "server.cjs"), SERVER);
		const cres = async (...args: string[]) =>
			(await mustRun(process.execPath, [join(root, "bin/run.js"), "backend", ...args, "--quiet"], { cwd: directory }))
				.ms;
		for (const count of [2, 8]) await lifeOf(count, directory, cres);
		await peer(directory);
		await gateway(directory, cres);
	} finally {
		await rm(directory, { recursive: true, force: true });
	}
}

type Cres = (...args: string[]) => Promise<number>;

async function writeBackend(directory: string, servers: Record<string, object>, port: number): Promise<void> {
	const command = [process.execPath, "server.cjs", "{port}"];
	await writeFile(join(directory, "backend.yaml"), stringify({ nginx: { port, program: NGINX }, servers, command }));
}

async function lifeOf(count: number, directory: string, cres: Cres): Promise<void> {
	const port = await freePorts(count + 1);
	const all = Array.from(
		{ length: count },
		(_, at) => [`s${at}`, { port: port + 1 + at, modules: [`m${at}`] }] as const,
	);
	await writeBackend(directory, Object.fromEntries(all), port);
	const times = await inTurns(ROUNDS, {
		"start to healthy": () => cres("start"),
		status: () => cres("status"),
		restart: () => cres("restart"),
		stop: () => cres("stop"),
	});
	say(`${count} servers of Node, medians of ${ROUNDS}: ${medians(times)} (aim: restart ≤ 2000 ms)`);
}

const medians = (times: Record<string, readonly number[]>): string =>
	Object.entries(times)
		.map(([name, values]) => `${name} ${Math.round(median(values))} ms`)
		.join(", ");

/** pm2 starts the same two servers; it has no gateway, and does not wait for their health. */
async function peer(directory: string): Promise<void> {
	const port = await freePorts(2);
	const home = join(directory, "pm2");
	const fetched = await mustRun("npm", ["install", "--silent", "--prefix", home, PM2]).catch(() => undefined);
	if (!fetched) return say(`${PM2} cannot be fetched: no figures of it`);
	const apps = [0, 1].map((at) => ({ name: `s${at}`, script: join(directory, "server.cjs"), args: String(port + at) }));
	const file = join(directory, "ecosystem.config.cjs");
	await writeFile(file, `module.exports = ${JSON.stringify({ apps })};\n`);
	const env = { ...process.env, PM2_HOME: join(home, "home") };
	const pm2 = async (...args: string[]) =>
		(await mustRun(process.execPath, [join(home, "node_modules/pm2/bin/pm2"), ...args], { env })).ms;
	const times = await inTurns(ROUNDS, {
		start: () => pm2("start", file),
		status: () => pm2("jlist"),
		restart: () => pm2("restart", "all"),
		stop: () => pm2("kill"),
	});
	say(`${PM2}, 2 servers, no gateway, no wait for health: ${medians(times)}`);
}

async function gateway(directory: string, cres: Cres): Promise<void> {
	const port = await freePorts(5);
	await writeBackend(directory, { api: { port: port + 1, instances: 3, modules: ["jobs"] } }, port);
	await cres("start");
	try {
		const path = "/api/v1/jobs/x";
		const load = async (at: number) => REQUESTS / ((await callers(at, path, REQUESTS, () => false)).ms / 1_000);
		const rates = await inTurns(3, { direct: () => load(port + 1), gateway: () => load(port) });
		say(
			`${CALLERS} callers with kept connections: ${Math.round(median(rates.direct))} requests/s to one server, ${Math.round(median(rates.gateway))} through the gateway to three`,
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
