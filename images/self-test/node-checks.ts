import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { SelfTestCheck } from "../../src/contracts/self-test.ts";
import { healthSchema } from "../../src/contracts/health.ts";
import type { RunProgram } from "../runtime/program.ts";
import { check, type Seen } from "./check.ts";
import { CLIP } from "./speech.ts";

/** Milliseconds. */
const PROGRAM_LIMIT = 20_000;
const HEALTH_LIMIT = 30_000;
/** The api gives each dependency two seconds: on a busy box it is asked again, so often in all. */
const LOOKS = 5;
const LOOK_EVERY = 1_500;

/** What every role needs: Temporal and the store, as the container's api finds them. */
export const dependencyChecks = (apiPort: string, signal: AbortSignal): Promise<SelfTestCheck[]> =>
	Promise.all(
		(["temporal", "minio"] as const).map((name) =>
			check(name === "minio" ? "store" : name, HEALTH_LIMIT, (timed) => dependency(apiPort, name, timed), signal),
		),
	);

async function dependency(port: string, name: "temporal" | "minio", signal: AbortSignal): Promise<Seen> {
	for (let look = 1; ; look++) {
		const answer = await fetch(`http://127.0.0.1:${port}/health`, { signal });
		const health = healthSchema.parse(await answer.json());
		const observed = [health[name], health.reasons[name]].filter(Boolean).join(": ");
		if (health[name] !== "unknown" || look === LOOKS) return { ok: health[name] === "ok", observed };
		await delay(LOOK_EVERY, undefined, { signal });
	}
}

const CONFINE = join(import.meta.dirname, "../etc/confine.py");

/** The programs that cpu activities call, and what holds them to their proxy; ffmpeg decodes the clip. */
export const programChecks = (run: RunProgram, signal: AbortSignal): Promise<SelfTestCheck[]> => {
	const version = (file: string, ...args: string[]) => ended(run, file, args);
	const decode = ended(run, "ffmpeg", ["-nostdin", "-v", "error", "-i", CLIP, "-f", "null", "-"]);
	return Promise.all([
		check("node", PROGRAM_LIMIT, version("node", "--version"), signal),
		check("ffmpeg", PROGRAM_LIMIT, decode, signal),
		check("yt-dlp", PROGRAM_LIMIT, version("yt-dlp", "--version"), signal),
		// A kernel that cannot is no failure of the image: what is observed says so.
		check("egress", PROGRAM_LIMIT, version("python3", "-I", "-S", CONFINE), signal),
	]);
};

const ended =
	(run: RunProgram, file: string, args: readonly string[]) =>
	async (signal: AbortSignal): Promise<Seen> => {
		const { exitCode, stdout, stderr } = await run(file, args, { directory: tmpdir(), signal });
		const said = (exitCode === 0 ? stdout : stderr).trim().split("\n", 1)[0]!.slice(0, 300);
		if (exitCode === 0) return { ok: true, observed: said || "works" };
		return { ok: false, observed: `ends with ${exitCode}: ${said}`, expected: "ends with 0" };
	};
