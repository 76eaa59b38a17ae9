import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownPerimeter, up } from "../../rehearsal/perimeter.ts";
import { projectSettings } from "../../rehearsal/project.ts";
import { makeRepository, pushedBy } from "../support/actions/repository.ts";
import { runWorkflow, type RunReport } from "../support/actions/run.ts";
import { readWorkflow } from "../support/actions/workflow.ts";
import { median, millis, say } from "./measure.ts";
import { quiet } from "./project.ts";

const ROUNDS = 3;
const AIM_MS = 15_000;
const FILE = ".github/workflows/images.yml";

/** The job of images.yml, flavour cpu, for a commit that changed no image: base and app are in the registry. */
export async function workflowsBench(root: string): Promise<void> {
	const perimeter = await up(ownPerimeter(root), quiet);
	const settings = projectSettings(perimeter, root);
	await using repository = await makeRepository({ ...settings, image: { repository: "cres/worker" }, instances: {} });
	const workflow = await readWorkflow(FILE, await readFile(join(root, FILE), "utf8"));
	const { username, password } = perimeter.credentials.registry;
	const run = async (): Promise<RunReport> => {
		const directory = await mkdtemp(join(tmpdir(), "cres-bench-run-"));
		const report = await runWorkflow(workflow, {
			...(await pushedBy(repository, username)),
			...{ directory, secrets: { GITHUB_TOKEN: password }, vars: { BASE_IMAGE: perimeter.baseImage } },
			environment: { PATH: process.env["PATH"]!, HOME: process.env["HOME"]! },
			wantsLeg: ({ flavour }) => flavour === "cpu",
		});
		await rm(directory, { recursive: true, force: true });
		if (report.jobs["image"]?.result !== "success")
			throw new Error(report.steps.map(({ output }) => output).join("\n"));
		return report;
	};
	await run();
	const reports: RunReport[] = [];
	for (let round = 0; round < ROUNDS; round++) {
		await repository.change("README.md", `${round}\n`);
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
