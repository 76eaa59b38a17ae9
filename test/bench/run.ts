import { fileURLToPath } from "node:url";
import { machine, say } from "./measure.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** In the order in which they run when none is named. */
const BENCHES: Readonly<Record<string, (root: string, sections: readonly string[]) => Promise<void>>> = {
	start: async (at) => (await import("./start.ts")).startBench(at),
	build: async (at) => (await import("./build.ts")).buildBench(at),
	smoke: async (at) => (await import("./smoke.ts")).smokeBench(at),
	deploy: async (at) => (await import("./deploy.ts")).deployBench(at),
	rollback: async (at) => (await import("./rollback.ts")).rollbackBench(at),
	promote: async () => (await import("./promote.ts")).promoteBench(),
	status: async (at) => (await import("./status.ts")).statusBench(at),
	noop: async (at) => (await import("./noop.ts")).noopBench(at),
	trips: async (at) => (await import("./trips.ts")).tripsBench(at),
	rehearse: async (at) => (await import("./rehearse.ts")).rehearseBench(at),
	rotate: async (at) => (await import("./rotate.ts")).rotateBench(at),
	plan: async (at) => (await import("./plan.ts")).planBench(at),
	boot: async (at) => (await import("./runtime/life.ts")).bootBench(at),
	drain: async (at) => (await import("./runtime/life.ts")).drainBench(at),
	runtime: async (at, sections) => (await import("./runtime/runtime.ts")).runtimeBench(at, sections),
	vast: async (at) => (await import("./vast.ts")).vastBench(at),
	attest: async () => (await import("./attest.ts")).attestBench(),
	backend: async (at) => (await import("./backend.ts")).backendBench(at),
	workflows: async (at) => (await import("./workflows.ts")).workflowsBench(at),
	triage: async (at) => (await import("./triage.ts")).triageBench(at),
	sweep: async (at) => (await import("./sweep.ts")).sweepBench(at),
	control: async (at) => (await import("./control.ts")).controlBench(at),
	cuda: async (at) => (await import("./cuda.ts")).cudaBench(at),
};

const given = process.argv.slice(2);
// What follows `runtime` is for that one: its sections have names of their own.
const own = given.indexOf("runtime") + 1 || given.length;
const [asked, sections] = [given.slice(0, own), given.slice(own)];
const unknown = asked.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
	process.stderr.write(`no such benchmark: ${unknown.join(", ")}; there are: ${Object.keys(BENCHES).join(", ")}\n`);
	process.exit(2);
}
say(machine());
for (const name of asked.length > 0 ? new Set(asked) : Object.keys(BENCHES)) {
	say(`\n${name}`);
	await BENCHES[name]!(root, sections);
}
