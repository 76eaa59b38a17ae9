import { BUILD_INFO_PATH } from "../../src/contracts/build-info.ts";
import { ROLES, type Role } from "../../src/contracts/queues.ts";
import { RUNTIME_ENV } from "../../src/contracts/runtime-env.ts";
import { SELF_TEST_LIMIT, type SelfTestReport } from "../../src/contracts/self-test.ts";
import { readBuildInfo } from "../runtime/build-info.ts";
import { type Environment, EnvironmentError, readFlag } from "../runtime/variables.ts";
import { shutdownSignal } from "../runtime/shutdown.ts";
import { runProgram } from "../runtime/program.ts";
import { containerEnvironment } from "../runtime/process-environment.ts";
import { gpuChecks } from "./gpu-checks.ts";
import { dependencyChecks, programChecks } from "./node-checks.ts";

const started = performance.now();
const role = process.argv[2] as Role;
if (!ROLES.includes(role)) {
	console.error("usage: node main.js cpu|gpu");
	process.exit(2);
}
const stopped = untilReaderLeaves();
const environment = await containerEnvironment(process.env);
process.env["PATH"] = environment["PATH"]; // programs are looked for where the container's own are
const signal = AbortSignal.any([stopped, AbortSignal.timeout(SELF_TEST_LIMIT)]);
const report = await selfTest(environment, signal).catch((error: unknown) => {
	if (!(error instanceof EnvironmentError)) throw error;
	console.error(error.message);
	process.exit(2);
});
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(report.ok ? 0 : 1));

async function selfTest(environment: Environment, signal: AbortSignal): Promise<SelfTestReport> {
	const value = (name: "API_PORT" | "WHISPER_URL" | "LLAMA_URL"): string =>
		environment[name] || RUNTIME_ENV[name].default;
	const pretend = readFlag(environment, "GPU_PRETEND");
	const llama = readFlag(environment, "LLAMA_DISABLE") ? undefined : value("LLAMA_URL");
	const ports = { run: runProgram, whisper: value("WHISPER_URL"), llama, pretend, signal };
	const found = role === "gpu" ? await gpuChecks(ports) : await cpuChecks(signal);
	const checks = [...found.checks, ...(await dependencyChecks(value("API_PORT"), signal))];
	const build = await readBuildInfo(BUILD_INFO_PATH).catch(() => undefined);
	return {
		role,
		ok: checks.every(({ ok }) => ok),
		pretended: role === "gpu" && pretend,
		buildId: build?.buildId ?? null,
		durationMs: Math.round(performance.now() - started),
		...{ ...found, checks },
	};
}

async function cpuChecks(signal: AbortSignal): Promise<Pick<SelfTestReport, "checks" | "devices" | "processes">> {
	return { checks: await programChecks(runProgram, signal), devices: [], processes: [] };
}

/** Aborts on a signal, and ends the process when its standard input is closed: whoever asked has gone. */
function untilReaderLeaves(): AbortSignal {
	const signal = shutdownSignal((name) => process.stderr.write(`${name}: stopping\n`));
	process.stdin.on("error", () => {}).on("end", () => process.kill(process.pid, "SIGTERM"));
	if (!process.stdin.isTTY && process.argv.includes("--attached")) process.stdin.resume();
	return signal;
}
