import { setTimeout as delay } from "node:timers/promises";
import { SUPERVISOR_CONFIG, WORKER_PROGRAMS } from "../../../src/contracts/vast.ts";
import { inTurns, millis, ratioLine, say } from "../measure.ts";
import type { Box } from "./box.ts";
import { onStage } from "./runtime.ts";
import type { Stage } from "./stage.ts";

const ROUNDS = 5;
const AIM_BOOT_MS = 1_000;
const AIM_DRAIN_MS = 300;
/** All polls are with the server by then. */
const SETTLE_MS = 1_500;

/** The floor: the image's worker as the container's only program. */
const WORKER_ALONE = ["node", "--max-semi-space-size=2", "/app/images/worker/main.js"];
/** As in a contract, where Vast's own program comes first and on-start calls boot. */
const CONTRACT = ["sleep", "infinity"];

type Kind = "worker alone" | "the image" | "a contract";

const ENTRYPOINTS: Readonly<Record<Kind, readonly string[] | undefined>> = {
	"worker alone": WORKER_ALONE,
	"the image": undefined,
	"a contract": CONTRACT,
};

/** From the daemon's start of a container to the first poll that Temporal sees on each queue of the cpu role. */
export const bootBench = (root: string): Promise<void> =>
	onStage(root, {}, async (stage) => {
		const polled = async (kind: Kind): Promise<number> => {
			const { box, ms } = await startedBox(stage, kind);
			await box.remove();
			return ms;
		};
		const times = await inTurns(ROUNDS, {
			"worker alone": () => polled("worker alone"),
			"the image": () => polled("the image"),
			"a contract": () => polled("a contract"),
		});
		say(`  container start → polled, cpu role, medians of ${ROUNDS} in turns (aim ≤ ${millis(AIM_BOOT_MS)})`);
		for (const [name, values] of Object.entries(times)) say(ratioLine(name, values, times["worker alone"]));
	});

/** From SIGTERM to the end of an idle container; in a contract, whose container stays, to the end of all programs. */
export const drainBench = (root: string): Promise<void> =>
	onStage(root, {}, async (stage) => {
		const times = await inTurns(ROUNDS, {
			"worker alone": () => drained(stage, "worker alone", killed),
			"the image": () => drained(stage, "the image", killed),
			"a contract": () => drained(stage, "a contract", stoppedInside),
			"a roll's drain step": () => drained(stage, "a contract", workersStopped),
		});
		say(`  SIGTERM → gone, idle, cpu role, medians of ${ROUNDS} in turns (aim ≤ ${millis(AIM_DRAIN_MS)})`);
		for (const [name, values] of Object.entries(times)) say(ratioLine(name, values, times["worker alone"]));
	});

async function startedBox(stage: Stage, kind: Kind): Promise<{ box: Box; ms: number }> {
	const base = `bench-life-${stage.run}-${performance.now().toFixed(0)}`;
	const entrypoint = ENTRYPOINTS[kind];
	const roles = ["cpu"] as const;
	const box = await stage.box({ base, roles, models: false, ...(entrypoint === undefined ? {} : { entrypoint }) });
	const from = Date.now();
	await box.container.start();
	if (kind === "a contract") await box.exec("/app/boot", "--detach");
	const polls = await box.polling();
	return { box, ms: Math.max(...Object.values(polls)) - from };
}

async function drained(stage: Stage, kind: Kind, end: (box: Box) => Promise<number>): Promise<number> {
	const { box } = await startedBox(stage, kind);
	await delay(SETTLE_MS);
	const ms = await end(box);
	await box.remove();
	return ms;
}

async function killed({ container }: Box): Promise<number> {
	const gone = container.wait();
	const from = performance.now();
	await container.kill({ signal: "SIGTERM" });
	await gone;
	return performance.now() - from;
}

/** Measured inside, where the way to the daemon and back does not count. */
const stoppedInside = ({ exec }: Box): Promise<number> =>
	timedInside(
		exec,
		"p=$(cat /run/cres/supervisord.pid); kill -TERM $p; while kill -0 $p 2>/dev/null; do sleep 0.005; done",
	);

/** What cres does to a contract before its container goes. */
const workersStopped = ({ exec }: Box): Promise<number> =>
	timedInside(exec, `supervisorctl -c ${SUPERVISOR_CONFIG} stop '${WORKER_PROGRAMS}' >/dev/null`);

async function timedInside(exec: Box["exec"], script: string): Promise<number> {
	const [from, to] = (await exec("sh", "-c", `date +%s%N; ${script}; date +%s%N`)).trim().split("\n").map(Number);
	return (to! - from!) / 1e6;
}
