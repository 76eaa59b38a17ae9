import { fail, ok } from "../../checks/doctor/check.ts";
import { HEALTH_PROGRAM, parseHealth } from "../../contracts/health.ts";
import { limit, type Rung } from "../rung.ts";
import { until, type Look } from "../until.ts";
import { inside, type World } from "../world.ts";
import { redact } from "../../secrets/secret.ts";

const FIX = "the reasons above name what the api does not reach";
const LOOK_EVERY_MS = 500;
const TIMEOUT_MS = 10_000;
/** The api starts when the workers poll: asking earlier takes their cores. */
const FIRST_LOOK_MS = 1_200;
const NAMES = ["temporal", "minio", "llama", "whisper"] as const;

/** The container's api finds each dependency that its role needs. */
export const health: Rung = {
	name: "health",
	limitMs: limit(90, 420),
	fix: FIX,
	async run(world, call) {
		await world.ports.clock.sleep(FIRST_LOOK_MS, call.signal);
		return until(world, call, { everyMs: LOOK_EVERY_MS, fix: FIX, look: () => look(world, call.signal) });
	},
};

async function look(world: World, signal: AbortSignal): Promise<Look> {
	const { stdout, stderr } = await inside(world, ["sh", HEALTH_PROGRAM], signal, TIMEOUT_MS);
	const found = parseHealth(stdout);
	if (!found)
		return {
			pending: `the api does not answer: ${redact(stderr || stdout)
				.trim()
				.slice(0, 300)}`,
		};
	const { buildId } = world.image;
	if (found.buildId !== buildId) return fail(`the api says that it is build ${found.buildId}, not ${buildId}`, FIX);
	const states = NAMES.map((name) => [name, found[name], found.reasons[name]].filter(Boolean).join(" ")).join(", ");
	const isWell = NAMES.every((name) => found[name] === "ok" || found[name] === "n/a");
	const isNeeded = found.temporal === "ok" && found.minio === "ok";
	return isWell && isNeeded ? ok(states) : { pending: states };
}
