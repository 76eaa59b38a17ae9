import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { BUILD_INFO_PATH } from "../../src/contracts/build-info.ts";
import { CONTAINER_ID_PATH, SUPERVISOR_CONFIG } from "../../src/contracts/vast.ts";
import { readBuildInfo } from "../runtime/build-info.ts";
import { containerId } from "../runtime/container.ts";
import { environmentOf } from "../runtime/process-environment.ts";
import { readSettings } from "../runtime/settings.ts";
import type { Environment } from "../runtime/variables.ts";
import { limitsOf } from "./budgets.ts";
import { makeCgroups } from "./cgroup.ts";
import { chooseNames } from "./choose.ts";
import { namesIn, seeMachine } from "./machine.ts";
import { launch, type Launch } from "./launch.ts";
import { describePrograms, STORE_KEYS, modelsDirectory, type Program } from "./programs.ts";
import { summary, type SummaryFacts } from "./summary.ts";

const { values: options } = parseArgs({ options: { detach: { type: "boolean", default: false } } });

try {
	await main();
} catch (error) {
	process.stderr.write(`boot: ${error instanceof Error ? error.message : String(error)}\n`);
	process.exitCode = 1;
}

async function main(): Promise<void> {
	// What Vast gives a container is in process 1's environment, not always in that of on-start.
	const environment = { ...(await environmentOf(1)), ...process.env };
	const { facts, launching } = await survey(environment);
	await launch(launching, (outcome) => void process.stdout.write(`${summary({ ...facts, outcome })}\n`));
}

/** Everything that decides what runs here. Changes nothing but the container's id and its cgroups. */
async function survey(environment: Environment): Promise<{ facts: Omit<SummaryFacts, "outcome">; launching: Launch }> {
	const settings = readSettings(environment);
	const { mode, shutdownGraceSeconds: graceSeconds, store } = settings;
	const [machine, id] = await Promise.all([seeMachine(), keepContainerId(settings.containerId)]);
	const wanted = { environment, mode, graceSeconds, containerId: id, machine };
	const { names, skipped } = chooseNames(wanted);
	const limits = limitsOf(names, machine.memory);
	const enforcement = { limits, cgroups: await makeCgroups(limits) };
	const programs = describePrograms(wanted, names, enforcement);
	await verifyLayout(programs);
	const directory = modelsDirectory(environment);
	const [build, whisper, llm] = await Promise.all([
		readBuildInfo(BUILD_INFO_PATH).catch(() => undefined),
		namesIn(join(directory, "whisper")),
		namesIn(join(directory, "llm")),
	]);
	return {
		facts: { build, settings, machine, programs, skipped, enforcement, models: { directory, whisper, llm } },
		launching: {
			programs,
			environment: withOnePair(environment, store),
			detach: options.detach,
			config: SUPERVISOR_CONFIG,
		},
	};
}

/** Without the keys that lost: programs and what they start shall find one pair, and boot the same one the next time. */
function withOnePair(environment: Environment, { keysFrom }: { keysFrom: string }): Record<string, string> {
	const winners = keysFrom.split(" + ");
	return Object.fromEntries(
		Object.entries(environment).filter((pair): pair is [string, string] => {
			const [name, value] = pair;
			return value !== undefined && (!STORE_KEYS.includes(name) || winners.includes(name));
		}),
	);
}

/** Both workers of a container end their identity with it, in every life of its processes. */
async function keepContainerId(given: string): Promise<string> {
	const kept = (await readFile(CONTAINER_ID_PATH, "utf8").catch(() => "")).trim();
	const id = given || (/^[0-9a-f]{8}$/.test(kept) ? kept : containerId(""));
	await mkdir(dirname(CONTAINER_ID_PATH), { recursive: true });
	if (id !== kept) await writeFile(CONTAINER_ID_PATH, `${id}\n`);
	return id;
}

/** @throws Error that names what of the programs the image lacks */
async function verifyLayout(programs: readonly Program[]): Promise<void> {
	const paths = programs.flatMap(({ command }) => command.filter((word) => /^\/(app|opt)\//.test(word)));
	const found = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
	const missing = paths.filter((_, at) => found[at] === undefined);
	if (missing.length > 0) throw new Error(`the image lacks ${[...new Set(missing)].join(", ")}`);
}
