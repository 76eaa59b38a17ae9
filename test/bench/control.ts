import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { inTurns, median, millis, mustRun, ratioLine, say } from "./measure.ts";
import { freePort } from "../support/free-ports.ts";

const ROUNDS = 10;
const AIM_MS = 1_500;
/** A web server as api and as what nobody asks for anything but its health. */
const WEB = (port: number) =>
	JSON.stringify(["node", "-e", `require("http").createServer((_, r) => r.end("ok")).listen(${port}, "127.0.0.1")`]);

/** `cres control boot` when all is healthy: a Temporal dev server, an S3 store and an api, each asked for its health. */
export async function controlBench(root: string): Promise<void> {
	const directory = await mkdtemp(join(tmpdir(), "cres-control-"));
	const PATH = [join(root, ".cres", "venv", "bin"), process.env["PATH"]].join(delimiter);
	const run = async (bin: string, ...args: string[]) =>
		(await mustRun(process.execPath, [bin, ...args], { cwd: directory, env: { ...process.env, PATH } })).ms;
	const cres = join(root, "bin", "run.js");
	try {
		await writeFile(join(directory, "cres.yaml"), await settings());
		await writeFile(join(directory, ".env"), "MINIO_ACCESS_KEY=bench-key\nMINIO_SECRET_KEY=bench-secret-key\n");
		const first = await run(cres, "control", "boot");
		const times = await inTurns(ROUNDS, {
			"cres --version": () => run(cres, "--version"),
			"boot, all healthy": () => run(cres, "control", "boot"),
			status: () => run(cres, "control", "status"),
		});
		say(`medians of ${ROUNDS}, taken in turns: Temporal, store and api run (aim: boot ≤ ${millis(AIM_MS)})`);
		for (const [name, values] of Object.entries(times)) say(ratioLine(name, values, times["cres --version"]));
		say(`  boot, all healthy: ${millis(median(times["boot, all healthy"]))}; the first boot: ${millis(first)}`);
	} finally {
		const stopped = await run(cres, "control", "stop").catch((error: unknown) => error);
		say(typeof stopped === "number" ? `  stop: ${millis(stopped)}` : String(stopped));
		await rm(directory, { recursive: true, force: true });
	}
}

async function settings(): Promise<string> {
	const [temporal, store, api] = await Promise.all([freePort(), freePort(), freePort()]);
	const weed = `[weed, mini, -dir=store, -ip=127.0.0.1, -ip.bind=127.0.0.1, -s3.port=${store}, -webdav=false, -admin.ui=false, -master.telemetry=false]`;
	return `project: bench
image: { repository: owner/worker }
registry: { push: { address: "127.0.0.1:5000" } }
temporal: { address: "127.0.0.1:${temporal}" }
store: { endpoint: "127.0.0.1:${store}" }
control:
  services:
    temporal: { command: [temporal, server, start-dev, --headless, --ip, 127.0.0.1, --port, "${temporal}", --log-level, error] }
    store: { command: ${weed}, secrets: { AWS_ACCESS_KEY_ID: MINIO_ACCESS_KEY, AWS_SECRET_ACCESS_KEY: MINIO_SECRET_KEY } }
    api: { command: ${WEB(api)}, ready: { http: "http://127.0.0.1:${api}/health" }, after: [temporal, store] }
`;
}
