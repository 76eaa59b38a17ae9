import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { writeDurably } from "../../src/system/durable-files.ts";
import { readTextIfExists } from "../../src/system/files.ts";
import { startControl } from "./control.ts";
import type { Snapshot } from "./snapshot.ts";
import { startSimulator, type Simulator } from "./start.ts";

/**
 * The simulated Vast as a program of its own, with real containers. Its key comes in VAST_API_KEY, the account's public
 * key in a file. What it holds is kept in the state file, so that another process goes on with the same containers.
 */
const KEPT_EVERY_MS = 500;

const number = (text: string | undefined): number => Number(text);
const { values: given } = parseArgs({
	options: {
		port: { type: "string" },
		"control-port": { type: "string" },
		socket: { type: "string" },
		run: { type: "string" },
		"range-from": { type: "string" },
		"range-to": { type: "string" },
		"proxy-from": { type: "string" },
		"proxy-to": { type: "string" },
		factor: { type: "string", default: "1" },
		state: { type: "string" },
		"account-key": { type: "string" },
	},
});

const stateFile = given.state!;
const kept = await readTextIfExists(stateFile);
const simulator = await startSimulator({
	backing: { kind: "docker", socketPath: given.socket!, run: given.run!, keep: kept !== undefined },
	apiKey: process.env["VAST_API_KEY"]!,
	port: number(given.port),
	factor: number(given.factor),
	ports: { from: number(given["range-from"]), to: number(given["range-to"]) },
	proxies: { from: number(given["proxy-from"]), to: number(given["proxy-to"]) },
	accountKeys: [((await readTextIfExists(given["account-key"]!)) ?? "").trim()].filter((key) => key !== ""),
});
if (kept !== undefined) await simulator.simulation.restore(JSON.parse(kept) as Snapshot);
const control = await startControl(simulator, number(given["control-port"]), simulator.apiKey);
const ended = new AbortController();
for (const name of ["SIGTERM", "SIGINT"]) process.once(name, () => ended.abort());
await keepState(simulator, ended.signal);
await control.close();
await simulator.leave();
process.exit();

/** Writes what the simulator holds whenever it changed, until `signal`. */
async function keepState({ simulation }: Simulator, signal: AbortSignal): Promise<void> {
	for (let written = kept; ;) {
		const text = JSON.stringify(simulation.snapshot());
		if (text !== written) await writeDurably(stateFile, (written = text), { mode: 0o600 });
		if (signal.aborted) return;
		await delay(KEPT_EVERY_MS, undefined, { signal }).catch(() => {});
	}
}
