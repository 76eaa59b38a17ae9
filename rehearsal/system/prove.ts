import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { UserError } from "../../src/errors/errors.ts";
import type { Progress } from "../../src/system/progress.ts";
import { systemShell } from "../../src/system/shell.ts";
import { seconds, table } from "../../src/system/text.ts";
import { layoutOf, type PerimeterOptions } from "../part.ts";
import { INSTANCE } from "../project.ts";
import { SYSTEM_FAULTS, systemFaultNames, type SystemFaultName } from "./faults.ts";
import { faultyInstance, switchOff } from "./known.ts";
import { healFault, injectFault, type FaultyInstance } from "./inject.ts";

export { ownPerimeter } from "../part.ts";

/** Milliseconds after which a fault that was not named is missed, and until what was undone has to be well again. */
const MOST_MS = 40_000;
const LOOK_EVERY_MS = 1_500;

/** What came of one fault. */
interface ProvenFault {
	fault: SystemFaultName;
	/** Code of the check that should name it, and of the first cause that was told; null: nothing was found. */
	expected: string;
	found: string | null;
	/** The first cause, as it was told. */
	message: string;
	exitCode: number;
	/** From the fault to the end of the sweep that named it, in milliseconds. */
	ms: number;
	/** Causes besides it. */
	also: string[];
}

/** What `cres triage --prove` returns under --json. */
export interface Proof {
	faults: ProvenFault[];
	/** Part of the faults whose first cause was the expected one: 0 to 1. */
	recall: number;
	/** Causes that sweeps of the healthy instance told, of how many sweeps. */
	falseAlarms: string[];
	healthySweeps: number;
}

const reportSchema = z.object({
	causes: z.array(z.object({ finding: z.object({ code: z.string(), message: z.string() }) })).default([]),
});
interface Sweep {
	exitCode: number;
	causes: { code: string; message: string }[];
}

/**
 * Makes the rehearsal's instance fail in each known way, and sees what `cres triage` says. The instance is left as it was.
 * @throws UserError rehearsal_down
 */
export async function proveTriage(options: PerimeterOptions, progress: Progress, signal: AbortSignal): Promise<Proof> {
	const layout = layoutOf(options);
	const project = join(options.directory, "project");
	if (!existsSync(join(project, "cres.yaml")))
		throw new UserError("rehearsal_down", `there is no rehearsal in ${options.directory}`, { hint: "cres rehearse" });
	await switchOff(layout);
	const look = () => sweep(join(options.contextRoot, "bin", "run.js"), project, signal);
	const at = await faultyInstance(layout);
	const healthy = [await look()];
	const faults: ProvenFault[] = [];
	for (const name of systemFaultNames) {
		faults.push(await progress.step(`fault ${name}`, () => proveOne(at, name, look, signal)));
		healthy.push(await untilWell(look, signal));
	}
	const named = faults.filter(({ expected, found }) => expected === found).length;
	const falseAlarms = healthy.flatMap(({ causes }) => causes.map(({ code, message }) => `${code} ${message}`));
	return { faults, recall: named / faults.length, falseAlarms, healthySweeps: healthy.length };
}

async function proveOne(
	at: FaultyInstance,
	fault: SystemFaultName,
	look: () => Promise<Sweep>,
	signal: AbortSignal,
): Promise<ProvenFault> {
	const { diagnosis: expected } = SYSTEM_FAULTS[fault];
	const started = performance.now();
	try {
		await injectFault(at, fault);
		for (;;) {
			const { causes, exitCode } = await look();
			const [first, ...others] = causes;
			const ms = Math.round(performance.now() - started);
			const also = others.map(({ code }) => code);
			if (first?.code === expected || ms > MOST_MS + SYSTEM_FAULTS[fault].showsMs)
				return { fault, expected, found: first?.code ?? null, message: first?.message ?? "", exitCode, ms, also };
			await delay(LOOK_EVERY_MS, undefined, { signal });
		}
	} finally {
		await healFault(at, fault);
	}
}

/** What was undone takes effect in its own time; restarts that a fault has caused stay in the log. */
async function untilWell(look: () => Promise<Sweep>, signal: AbortSignal): Promise<Sweep> {
	for (const end = performance.now() + MOST_MS; ; await delay(LOOK_EVERY_MS, undefined, { signal })) {
		const seen = await look();
		const causes = seen.causes.filter(({ code }) => code !== SYSTEM_FAULTS["api-killed"].diagnosis);
		if (causes.length === 0 || performance.now() > end) return { ...seen, causes };
	}
}

async function sweep(program: string, cwd: string, signal: AbortSignal): Promise<Sweep> {
	const argv = [program, "triage", "--runtime", INSTANCE, "--json"];
	const { exitCode, stdout, stderr } = await systemShell.run(process.execPath, argv, { cwd, signal });
	if (exitCode !== 0 && exitCode !== 3)
		throw new UserError("rehearsal_failed", `cres triage exits ${exitCode}: ${stderr.trim().slice(-300)}`, {
			hint: "cres rehearse brings everything up",
		});
	return { exitCode, causes: reportSchema.parse(JSON.parse(stdout)).causes.map(({ finding }) => finding) };
}

/** One row a fault, then how many were named, and what was told of an instance that was well. */
export function renderProof({ faults, recall, falseAlarms, healthySweeps }: Proof): string {
	const rows = faults.map(({ fault, expected, found, exitCode, ms, also }) => [
		fault,
		found === expected ? found : `${found ?? "nothing"}, not ${expected}`,
		String(exitCode),
		seconds(ms),
		also.join(" ") || "-",
	]);
	return [
		table(["FAULT", "DIAGNOSIS", "EXIT", "TIME", "ALSO"], rows),
		"",
		`recall ${Math.round(recall * 100)} % of ${faults.length} faults; ${falseAlarms.length} false alarms in ${healthySweeps} sweeps of a healthy instance`,
		...falseAlarms.map((line) => `  ${line}`),
	].join("\n");
}
