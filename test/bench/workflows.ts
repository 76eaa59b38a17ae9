import { ownPerimeter, up } from "../../rehearsal/perimeter.ts";
import { projectSettings } from "../../rehearsal/project.ts";
import { makeHub } from "../support/actions/hub.ts";
import type { RunReport } from "../support/actions/run.ts";
import { median, millis, say } from "./measure.ts";
import { quiet } from "./project.ts";

const ROUNDS = 3;
const AIM_MS = 15_000;

/** The job of images.yml, flavour cpu, for a commit that changed no image: base and app are in the registry. */
export async function workflowsBench(root: string): Promise<void> {
	const perimeter = await up(ownPerimeter(root), quiet);
	const settings = { ...projectSettings(perimeter, root), image: { repository: "cres/worker" }, instances: {} };
	await using hub = await makeHub({ settings, ...perimeter.credentials, baseImage: perimeter.baseImage });
	const run = async (): Promise<RunReport> => {
		const report = await hub.run("images");
		if (report.jobs["image"]?.result !== "success")
			throw new Error(report.steps.map(({ title, output }) => `${title}\n${output}`).join("\n"));
		return report;
	};
	await run();
	const reports: RunReport[] = [];
	for (let round = 0; round < ROUNDS; round++) {
		await hub.repository.change("README.md", `${round}\n`);
		reports.push(await run());
	}
	report(reports);
}

function report(reports: readonly RunReport[]): void {
	const build = reports.map(({ steps }) => steps.find(({ id }) => id === "build")!);
	if (build.some(({ outputs }) => outputs["built"] !== "false" || outputs["base_built"] !== "false"))
		throw new Error("an image was built");
	const whole = reports.map(({ steps }) => steps.reduce((sum, { ms }) => sum + ms, 0));
	say(`  images.yml, nothing changed: ${millis(median(whole))} (median of ${ROUNDS}, aim ≤ ${millis(AIM_MS)}); of it:`);
	const [first] = reports;
	for (const [index, { title, outcome }] of first!.steps.entries()) {
		const ms = median(reports.map(({ steps }) => steps[index]!.ms));
		say(`    ${millis(ms).padStart(8)}  ${outcome === "skipped" ? "(left out) " : ""}${title}`);
	}
}
