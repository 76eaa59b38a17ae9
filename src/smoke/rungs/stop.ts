import { fail, ok } from "../../checks/doctor/check.ts";
import { seconds } from "../../system/text.ts";
import { limit, type Rung } from "../rung.ts";

const FIX = "the log above shows which program ignores SIGTERM; images/boot/programs.ts has how long each may take";
/** Milliseconds from SIGTERM to SIGKILL: idle workers have nothing to finish. */
const GRACE_MS = 20_000;
/** What Docker reports of a process that it had to kill. */
const KILLED = 137;

/** It stops by itself when it is told to, within its time. */
export const stop: Rung = {
	name: "stop",
	limitMs: limit(40),
	fix: FIX,
	async run({ engine, app }) {
		const started = performance.now();
		await engine.stop(app!, GRACE_MS);
		const took = seconds(performance.now() - started);
		const exitCode = (await engine.container(app!))?.exitCode;
		if (exitCode === 0) return ok(`ended by itself after ${took}`);
		if (exitCode === KILLED) return fail(`it did not end within ${seconds(GRACE_MS)} and was killed`, FIX);
		return fail(`it ended with ${exitCode ?? "no"} exit code after ${took}`, FIX);
	},
};
