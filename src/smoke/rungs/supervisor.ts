import { fail, ok } from "../../checks/doctor/check.ts";
import { SUPERVISOR_CONFIG } from "../../contracts/vast.ts";
import { limit, type Rung } from "../rung.ts";
import { until, type Look } from "../until.ts";
import { inside, type World } from "../world.ts";
import { redact } from "../../secrets/secret.ts";

const FIX = "the log above says why that program ends";
const LOOK_EVERY_MS = 600;
const TIMEOUT_MS = 10_000;
/** It ends when the models are there. */
const MAY_END = "models";

/** Every program of supervisord is RUNNING, which it is only after it has lasted some seconds. */
export const supervisor: Rung = {
	name: "supervisor",
	limitMs: limit(90, 420),
	fix: FIX,
	run: (world, call) => until(world, call, { everyMs: LOOK_EVERY_MS, fix: FIX, look: () => look(world, call.signal) }),
};

async function look(world: World, signal: AbortSignal): Promise<Look> {
	const argv = ["supervisorctl", "-c", SUPERVISOR_CONFIG, "status"];
	const { stdout } = await inside(world, argv, signal, TIMEOUT_MS);
	return judgePrograms(stdout, world);
}

/** What `supervisorctl status` says: a name and a state on each line. */
export function judgePrograms(text: string, { roles }: Pick<World, "roles">): Look {
	const programs = [...text.matchAll(/^(\S+)\s+([A-Z]+)\b(.*)$/gm)].map(([, name, state, more]) => ({
		...{ name: name!, state: state!, more: more!.trim() },
	}));
	const expected = ["api", "watchdog", ...roles.map((role) => `workers:worker-${role}`)];
	const missing = expected.filter((name) => !programs.some((one) => one.name === name));
	if (missing.length > 0)
		return { pending: `supervisord does not know ${missing.join(", ")}: ${redact(text).trim().slice(0, 200)}` };
	const waiting = programs.filter(
		({ name, state }) => state !== "RUNNING" && !(name === MAY_END && state === "EXITED"),
	);
	const words = waiting
		.map(({ name, state, more }) => `${name} is ${state}${more === "" ? "" : ` (${more})`}`)
		.join(", ");
	if (waiting.some(({ state }) => state === "FATAL")) return fail(words, FIX);
	return waiting.length > 0 ? { pending: words } : ok(`${programs.map(({ name }) => name).join(", ")} run`);
}
