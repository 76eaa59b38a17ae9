import { globSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { mustRun, ran, say } from "./measure.ts";

/** Its licence is AGPL, so nothing but this bench uses it. */
const PM2 = "pm2@7.0.4";
const SUPERVISOR = "supervisor==4.3.0";

/** A program that keeps others running, as a backend does: what a command of it takes, in milliseconds. */
export interface Peer {
	name: string;
	start(): Promise<number>;
	status(): Promise<number>;
	restart(): Promise<number>;
	stop(): Promise<number>;
}

/** What runs under a peer: `file` with a port as its argument. */
interface Apps {
	/** Where peers are fetched to. */
	directory: string;
	file: string;
	ports: readonly number[];
}

/** The peers that can be fetched here; says which cannot. */
export async function peersOf(root: string, apps: Apps): Promise<Peer[]> {
	const found = [await pm2(apps).catch(() => PM2), await supervisor(root, apps).catch(() => SUPERVISOR)];
	return found.filter((one): one is Peer => {
		if (typeof one === "string") say(`${one} cannot be fetched: no figures of it`);
		return typeof one !== "string";
	});
}

async function pm2({ directory, file, ports }: Apps): Promise<Peer> {
	const home = join(directory, "pm2");
	await mustRun("npm", ["install", "--silent", "--prefix", home, PM2]);
	const apps = ports.map((port, at) => ({ name: `s${at}`, script: file, args: String(port) }));
	const settings = join(directory, "ecosystem.config.cjs");
	await writeFile(settings, `module.exports = ${JSON.stringify({ apps })};\n`);
	const env = { ...process.env, PM2_HOME: join(home, "home") };
	const run = async (...args: string[]) =>
		(await mustRun(process.execPath, [join(home, "node_modules/pm2/bin/pm2"), ...args], { env })).ms;
	return {
		name: PM2,
		start: () => run("start", settings),
		status: () => run("jlist"),
		restart: () => run("restart", "all"),
		stop: () => run("kill"),
	};
}

async function supervisor(root: string, { directory, file, ports }: Apps): Promise<Peer> {
	const home = join(directory, "supervisor");
	const python = join(root, ".cres/venv/bin/python");
	await mustRun(python, ["-m", "pip", "install", "--quiet", "--target", home, SUPERVISOR]);
	const settings = join(directory, "supervisord.conf");
	const programs = ports.map(
		(port, at) => `[program:s${at}]\ncommand=${process.execPath} ${file} ${port}\nstartsecs=0\nautorestart=true\n`,
	);
	await writeFile(
		settings,
		`[supervisord]
directory=${directory}
childlogdir=${directory}
logfile=${directory}/supervisord.log
pidfile=${directory}/supervisord.pid
[unix_http_server]
file=${directory}/supervisor.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${directory}/supervisor.sock
${programs.join("")}`,
	);
	const env = { ...process.env, PYTHONPATH: home };
	const run = async (program: string, ...args: string[]) =>
		(await mustRun(python, ["-m", `supervisor.${program}`, "-c", settings, ...args], { env })).ms;
	return {
		name: SUPERVISOR,
		start: () => run("supervisord"),
		status: () => run("supervisorctl", "status"),
		restart: () => run("supervisorctl", "restart", "all"),
		// Its shutdown does not wait for the programs.
		stop: async () => (await run("supervisorctl", "stop", "all")) + (await run("supervisorctl", "shutdown")),
	};
}

/** How to run wrk: from PATH, else from the packages of Debian, which are only unpacked; undefined: it cannot be had. */
export async function findWrk(directory: string): Promise<{ file: string; env: NodeJS.ProcessEnv } | undefined> {
	const env = process.env;
	if (await mustRun("sh", ["-c", "command -v wrk"]).catch(() => undefined)) return { file: "wrk", env };
	try {
		const packages = ["wrk", "libluajit-5.1-2", "libluajit-5.1-common"];
		await mustRun("apt-get", ["download", ...packages], { cwd: directory });
		for (const file of globSync("*.deb", { cwd: directory }))
			await mustRun("dpkg", ["-x", join(directory, file), join(directory, "wrk")]);
		const [library] = globSync(join(directory, "wrk/usr/lib/*/libluajit*.so*"));
		const found = { file: join(directory, "wrk/usr/bin/wrk"), env: { ...env, LD_LIBRARY_PATH: dirname(library!) } };
		// It says how it is used; the loader that lacks a library says 127.
		const { exitCode } = await ran(found.file, ["--version"], { env: found.env });
		return exitCode === 127 ? undefined : found;
	} catch {
		return undefined;
	}
}
