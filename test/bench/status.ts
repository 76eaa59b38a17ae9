import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { lookByHand } from "./by-hand.ts";
import { median, millis, say } from "./measure.ts";
import { BENCH_INSTANCE, prepare, withProject, type BenchProject } from "./project.ts";

const ROUNDS = 10;
const AIM = { wholeMs: 400, cpuMs: 150 } as const;
/** Of /proc/PID/stat: sysconf(_SC_CLK_TCK), 100 on every Linux. */
const TICK_MS = 10;

/** `cres status` of one instance: the whole command, and the CPU until it first speaks to anybody. */
export const statusBench = (root: string): Promise<void> =>
	withProject(root, {}, async (project) => {
		await prepare(project);
		await project.cres(["deploy", BENCH_INSTANCE]);
		const [whole, byHand, cpu]: [number[], number[], number[]] = [[], [], []];
		for (let round = 0; round < ROUNDS; round++) {
			whole.push((await project.cres(["status"])).ms);
			byHand.push(await lookByHand(project));
		}
		for (let round = 0; round < ROUNDS; round++) cpu.push(await cpuUntilFirstCall(root, project));
		say(
			`  ${millis(median(whole))} (median of ${ROUNDS}, aim ≤ ${millis(AIM.wholeMs)}); by hand, ssh INSTANCE docker ps: ${millis(median(byHand))}`,
		);
		say(`  ${millis(median(cpu))} of CPU from exec to the first network call (aim ≤ ${millis(AIM.cpuMs)})`);
	});

/** The instance's port is ours for once: whoever dials it has done so much work. */
async function cpuUntilFirstCall(root: string, { directory }: BenchProject): Promise<number> {
	const file = join(directory, "cres.yaml");
	const text = await readFile(file, "utf8");
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const settings = parse(text) as { instances: Record<string, { port: number }> };
	settings.instances[BENCH_INSTANCE]!.port = (server.address() as AddressInfo).port;
	await writeFile(file, stringify(settings));
	try {
		const child = spawn(process.execPath, [join(root, "bin/run.js"), "status"], { cwd: directory, stdio: "ignore" });
		const [socket] = await once(server, "connection");
		const ms = await cpuOf(child.pid!);
		socket.destroy();
		await once(child, "exit");
		return ms;
	} finally {
		server.close();
		await writeFile(file, text);
	}
}

/** Milliseconds of user and system time of a process (proc(5), fields 14 and 15). */
async function cpuOf(pid: number): Promise<number> {
	const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]!.split(" ");
	return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
