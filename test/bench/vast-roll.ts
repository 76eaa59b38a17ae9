import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Simulator } from "../../rehearsal/vast/start.ts";
import type { Rollout } from "../../src/rollout/report.ts";
import { median, millis, say } from "./measure.ts";

const AIM_MS = 2_000;
const AIM_CALLS = 12;
const LOOK_EVERY_MS = 5;
/** How far apart cres's looks at a contract are, and how many one roll needs: 1 for the container, 3 for the watch. */
export const LOOK_MS = 10_000;
export const LOOKS = 4;

/** One contract that can be rolled back and forth. */
export interface Rollable {
	simulator: Simulator;
	contract: number;
	/** Platform time, limits and cres's own waits run so many times as fast. */
	factor: number;
	/** Brings a release to the contract that does not run there. */
	roll: () => Promise<Rollout>;
	/** The worker of the container polls Temporal. */
	polls: (containerId: string) => boolean | Promise<boolean>;
}

/** Milliseconds of what every roll has to wait for. */
interface Recreation {
	/** Before it: from the command to the recycle's arrival. */
	before: number;
	/** From the recycle's arrival to a container that runs. */
	made: number;
	/** Until its sshd greets. */
	sshd: number;
	/** Until its worker polls. */
	poll: number;
}

interface Round extends Recreation {
	whole: number;
	/** The old worker's own end; part of `before`. */
	drain: number;
	watch: number;
	/** Endpoints that were called, looks after the recycle apart. */
	calls: string[];
	looks: number;
}

/** Rolls some times and says what cres adds to the container's own time, and which calls it makes. */
export async function rollBench(title: string, count: number, rollable: Rollable): Promise<void> {
	const rounds: Round[] = [];
	await mustRoll(rollable); // from an image of somebody else's
	for (let round = -1; round < count; round++) {
		const done = await oneRound(rollable);
		if (round >= 0) rounds.push(done);
	}
	report(title, rollable.factor, rounds);
}

async function mustRoll({ roll }: Rollable): Promise<Rollout> {
	const rollout = await roll();
	if (rollout.outcome !== "live") throw new Error(`the roll is ${rollout.outcome}: ${rollout.failure?.message}`);
	return rollout;
}

async function oneRound(rollable: Rollable): Promise<Round> {
	const { requests } = rollable.simulator;
	const from = requests.length;
	const started = performance.now();
	const rolling = mustRoll(rollable).then((rollout) => ({ rollout, whole: performance.now() - started }));
	const [recreation, { rollout, whole }] = await Promise.all([watchRecreation(rollable, from, rolling), rolling]);
	const took = (wanted: string): number => rollout.steps.find(({ kind }) => kind === wanted)!.ms;
	return { ...recreation, whole, drain: took("drain"), watch: took("watch"), ...callsIn(requests.slice(from)) };
}

function callsIn(requests: Simulator["requests"]): Pick<Round, "calls" | "looks"> {
	const all = requests.flatMap(({ route }) => route ?? []);
	const isLook = (route: string, at: number): boolean =>
		(route === "list" || route === "show") && at > all.lastIndexOf("recycle");
	return { calls: all.filter((route, at) => !isLook(route, at)), looks: all.filter(isLook).length };
}

/** By the simulator's own record: cres is not asked. */
async function watchRecreation(rollable: Rollable, from: number, rolling: Promise<unknown>): Promise<Recreation> {
	const { simulator, contract, factor, polls } = rollable;
	const [started, old] = [simulator.now(), simulator.contract(contract)!.generations];
	const rolls = { on: true };
	void rolling.catch(() => {}).finally(() => (rolls.on = false));
	const until = <T>(look: () => T | Promise<T>) => untilFound(look, rolls);
	const recycle = await until(() => simulator.requests.slice(from).find(({ route }) => route === "recycle"));
	const container = await until(() => runningAfter(simulator, contract, old));
	const running = simulator.now();
	await until(() => greets(container.ports["22/tcp"]!));
	const open = simulator.now();
	await until(() => polls(container.containerId));
	const [before, made, sshd, poll] = [
		recycle.at - started,
		running - recycle.at,
		open - running,
		simulator.now() - open,
	];
	return { before: before / factor, made: made / factor, sshd: sshd / factor, poll: poll / factor };
}

async function untilFound<T>(look: () => T | Promise<T>, rolls: { on: boolean }): Promise<NonNullable<T>> {
	for (;;) {
		const found = await look();
		if (found) return found;
		if (!rolls.on) throw new Error("the roll has ended, and its container was never seen to come up");
		await delay(LOOK_EVERY_MS);
	}
}

function runningAfter(simulator: Simulator, contract: number, generation: number) {
	const { container, actual } = simulator.contract(contract)!;
	return actual === "running" && container && container.number > generation ? container : undefined;
}

/** An sshd speaks first (RFC 4253, 4.2). */
const greets = (port: number): Promise<boolean> =>
	new Promise((resolve) => {
		const socket = connect(port, "127.0.0.1");
		socket.once("data", () => resolve(true)).once("close", () => resolve(false));
		socket.on("data", () => socket.destroy()).on("error", () => {});
	});

function report(title: string, factor: number, rounds: readonly Round[]): void {
	const mid = (of: (round: Round) => number): string => millis(median(rounds.map(of)));
	const own = ({ made, sshd, poll }: Round): number => made + sshd + poll;
	const waits = millis(((LOOKS - 1) * LOOK_MS) / factor);
	const { calls, looks } = rounds.toSorted((a, b) => b.calls.length - a.calls.length)[0]!;
	say(`  one roll, ${title}, factor ${factor}; medians of ${rounds.length}`);
	say(
		`    ${mid(({ whole }) => whole)} whole, the container's own ${mid(own)}: made ${mid(({ made }) => made)} · sshd ${mid(({ sshd }) => sshd)} · first poll ${mid(({ poll }) => poll)}`,
	);
	const proof = (round: Round): number => round.whole - own(round) - round.before - round.watch;
	say(
		`    overhead until its polls are verified: ${mid((round) => round.before + proof(round))} (aim ≤ ${millis(AIM_MS)}): before the recycle ${mid(({ before }) => before)}, of it drain ${mid(({ drain }) => drain)} · proof, and the end ${mid(proof)}`,
	);
	say(
		`    afterwards: watch ${mid(({ watch }) => watch)}, of it ${waits} between 3 looks; they count from supervisord's RUNNING on (startsecs of the image, never divided)`,
	);
	say(`    overhead with the watch: ${mid((round) => round.whole - own(round))}`);
	say(`    ${calls.length} API calls (aim ≤ ${AIM_CALLS}) and ${looks} looks after the recycle: ${calls.join(" · ")}`);
}
