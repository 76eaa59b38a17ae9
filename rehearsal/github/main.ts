import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { writeDurably } from "../../src/system/durable-files.ts";
import { readTextIfExists } from "../../src/system/files.ts";
import { startControl } from "./control.ts";
import { repositoryNamed } from "./seed.ts";
import { EVERYTHING, startGitHub } from "./start.ts";
import type { Snapshot } from "./state.ts";

/** The double of GitHub's API as a program of its own. Its token comes in GITHUB_TOKEN; what it holds is kept in the state file. */
const KEPT_EVERY_MS = 500;

const { values: given } = parseArgs({
	options: {
		port: { type: "string" },
		"control-port": { type: "string" },
		state: { type: "string" },
		repository: { type: "string" },
	},
});

const token = process.env["GITHUB_TOKEN"]!;
const stateFile = given.state!;
const kept = await readTextIfExists(stateFile);
const double = await startGitHub({
	tokens: { [token]: EVERYTHING },
	port: Number(given.port),
	kept: kept === undefined ? undefined : (JSON.parse(kept) as Snapshot),
});
repositoryNamed(double.world, given.repository!);
const control = await startControl(double, Number(given["control-port"]), token);
const ended = new AbortController();
for (const name of ["SIGTERM", "SIGINT"]) process.once(name, () => ended.abort());
for (let written = kept; ;) {
	const text = JSON.stringify(double.snapshot());
	if (text !== written) await writeDurably(stateFile, (written = text), { mode: 0o600 });
	if (ended.signal.aborted) break;
	await delay(KEPT_EVERY_MS, undefined, { signal: ended.signal }).catch(() => {});
}
await control.close();
await double.close();
process.exit();
