import type { BuildInfo } from "../../src/contracts/build-info.ts";
import { memoryOf } from "../runtime/nvidia-smi.ts";
import type { Settings } from "../runtime/settings.ts";
import type { Skipped } from "./choose.ts";
import type { Machine } from "./machine.ts";
import { inMiB } from "./names.ts";
import type { Enforcement, Program } from "./programs.ts";

export interface SummaryFacts {
	/** Undefined where the image does not say. */
	build: BuildInfo | undefined;
	settings: Pick<Settings, "instance" | "mode" | "gpuPretend" | "temporal" | "store">;
	machine: Machine;
	programs: readonly Program[];
	skipped: readonly Skipped[];
	enforcement: Enforcement;
	models: { directory: string; whisper: readonly string[]; llm: readonly string[] };
	/** What was done about supervisord. */
	outcome: string;
}

/** One screen: what runs, with which limits, why something does not run, and what the container is connected to. */
export function summary(facts: SummaryFacts): string {
	const { settings, machine, models, outcome } = facts;
	const { temporal, store } = settings;
	const rows: [string, string][] = [
		["instance", instanceText(facts)],
		["machine", `${machine.cores} cores, ${inMiB(machine.memory)} MiB of the ${machine.memoryFrom}`],
		["gpu", gpuText(facts)],
		["temporal", `${temporal.address}, namespace ${temporal.namespace}`],
		["store", `${store.endpoint}/${store.bucket}, keys from ${store.keysFrom}`],
		...(facts.programs.some(({ name }) => name === "models") ? [modelsRow(models)] : []),
		["limits", limitsText(facts)],
		["supervisord", outcome],
	];
	return [
		...rows.map(([title, text]) => `${title.padEnd(12)} ${text}`),
		...facts.programs.map((program) => runs(program, facts.enforcement)),
		...facts.skipped.map(({ name, reason }) => `  ${name.padEnd(10)} skipped: ${reason}`),
	].join("\n");
}

const instanceText = ({ settings: { instance, mode }, build }: SummaryFacts): string =>
	[`${instance}, role ${mode}, build ${build?.buildId ?? "unknown"}`, build?.flavour].filter(Boolean).join(", ");

function gpuText({ settings, machine }: SummaryFacts): string {
	if (settings.gpuPretend) return "pretended (GPU_PRETEND is set): engines work on the CPU";
	const gpus = machine.gpus.map((one) => `${one.name} (${one.computeCapability}, ${memoryOf(one)})`);
	return gpus.join(", ") || "none";
}

const limitsText = ({ enforcement: { cgroups } }: SummaryFacts): string =>
	cgroups.size > 0
		? `by cgroup: ${[...cgroups.keys()].join(", ")}; the rest by the watchdog`
		: "by the watchdog, once a second";

function modelsRow({ directory, whisper, llm }: SummaryFacts["models"]): [string, string] {
	const there = [...whisper.map((name) => `whisper/${name}`), ...llm.map((name) => `llm/${name}`)];
	return ["models", `${directory}: ${there.join(", ") || "none yet"}`];
}

function runs({ name, note, port }: Program, { limits }: Enforcement): string {
	const limit = limits.get(name);
	const cells = [
		name.padEnd(10),
		(port === undefined ? "" : `:${port}`).padEnd(5),
		(limit === undefined ? "" : `${inMiB(limit)} MiB`).padStart(8),
		note,
	];
	return `  ${cells.join(" ")}`.trimEnd();
}
