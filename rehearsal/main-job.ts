import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { API_TOKENS } from "../src/contracts/api-tokens.ts";
import type { Progress } from "../src/system/progress.ts";
import { seconds } from "../src/system/text.ts";
import { ensureApiToken, startJob } from "./control-api.ts";
import { cresOf, runCres } from "./cres.ts";
import type { PerimeterOptions } from "./part.ts";
import { up, type Perimeter } from "./perimeter.ts";
import { anyBaseImage } from "./parts/registry.ts";
import { ensureContracts } from "./parts/vast.ts";
import { CONTRACTS, INSTANCE, holds, writeSettings, type ProjectOptions } from "./project.ts";

export { ownPerimeter } from "./part.ts";

/** Names of .env that reach the containers and the control api. */
const SECRETS = ["MINIO_ACCESS_KEY", "MINIO_SECRET_KEY", API_TOKENS];

/** What the build tells the next commands, in the project's directory. */
const OUTPUTS = "outputs.txt";

/** One command of the rehearsal, as a person would type it in the project. */
interface RehearsedStep {
	command: string;
	/** Milliseconds, start of the program included. */
	ms: number;
}

/** What `cres rehearse` returns under --json. */
export interface Rehearsed {
	/** The program that was run. */
	cres: string;
	/** Directory to go on in. */
	project: string;
	/** Where the job's result was fetched to. */
	result: string;
	steps: RehearsedStep[];
	/** The newest entry of docs/PLAN.md. */
	entry: string;
	durationMs: number;
}

/**
 * Brings the perimeter up and does the main job in it with the commands that people type: boot, prepare, build, smoke, adopt a host
 * and two contracts, deploy, rotate an endpoint, run one job, change the release, roll it back, triage what runs.
 * @throws UserError rehearsal_failed with the command that failed
 */
export async function rehearse(options: PerimeterOptions, progress: Progress, signal: AbortSignal): Promise<Rehearsed> {
	const started = performance.now();
	const perimeter = await up(options, progress, signal);
	const { project } = perimeter;
	const result = join(project, "result");
	await mkdir(result, { recursive: true });
	const steps: RehearsedStep[] = [];
	const cres = async (...args: string[]) => {
		const command = `cres ${args.join(" ")}`;
		progress.note(`\n$ ${command}`);
		steps.push({ command, ms: await runCres(perimeter, args, signal) });
	};
	const stage = { perimeter, progress, cres, result };
	const token = await bringUp(stage);
	const settings = await adoptAll(stage);
	await rollOut(stage);
	await useIt(stage, token);
	await goBack(stage, settings);
	await lookAtAll(stage);
	const entry = await newestEntry(project);
	return { cres: cresOf(options), project, result, steps, entry, durationMs: performance.now() - started };
}

/** What every act of the rehearsal has. */
interface Stage {
	perimeter: Perimeter;
	progress: Progress;
	/** Runs one command in the project. */
	cres: (...args: string[]) => Promise<void>;
	/** Where the job's result goes. */
	result: string;
}

/** The control plane, and a smoked image in the channel canary. Returns a token of the control api. */
async function bringUp({ perimeter, cres }: Stage): Promise<string> {
	const { project } = perimeter;
	await writeSettings(perimeter, project, { secrets: SECRETS });
	const token = await ensureApiToken(perimeter);
	await cres("control", "boot");
	await cres("control", "status");
	await cres("control", "prepare");
	if (!(await holds(project, "ATTEST_KEY="))) await cres("attest", "keygen", "--name", "rehearsal", "--force");
	await cres("build", "--push", "--allow-dirty", "--outputs", OUTPUTS);
	await cres("smoke");
	await cres("promote", await builtDigest(project), "canary");
	return token;
}

/** A host and two contracts that are rented; returns the settings that name them. */
async function adoptAll({ perimeter, progress, cres }: Stage): Promise<ProjectOptions> {
	const contracts = await progress.step(`rent ${CONTRACTS.join(" and ")} at the simulated Vast`, () =>
		rentContracts(perimeter),
	);
	const settings = { contracts, secrets: SECRETS };
	await writeSettings(perimeter, perimeter.project, settings);
	for (const name of [INSTANCE, ...CONTRACTS]) await cres("instance", "adopt", name, "--yes");
	await cres("instance", "list");
	await cres("doctor");
	await cres("endpoint", "rotate", CONTRACTS[0]);
	return settings;
}

async function rollOut({ progress, cres }: Stage): Promise<void> {
	await cres("deploy", INSTANCE, "--channel", "canary");
	await cres("deploy", INSTANCE, "--channel", "canary");
	progress.note(
		"\na contract has no Docker daemon: the platform makes its container, at another port and with another key:",
	);
	await cres("deploy", ...CONTRACTS, "--channel", "canary");
	for (const name of CONTRACTS) await cres("endpoint", "rotate", name);
	await cres("perimeter", "check");
	await cres("pollers");
}

/** One job by the control api, one by cres. */
async function useIt({ perimeter, progress, cres, result }: Stage, token: string): Promise<void> {
	await progress.step("the control api starts a job, through its gateway and with a token", (report) =>
		startJob(perimeter, token).then(report),
	);
	await cres("run", "video", "--input", perimeter.speech, "--output", result);
}

async function goBack({ perimeter, progress, cres }: Stage, settings: ProjectOptions): Promise<void> {
	const { project } = perimeter;
	progress.note("\nanother setting makes another release of the same digest:");
	await writeSettings(perimeter, project, { ...settings, env: { WORKER_CPU_THREADS: "2" } });
	await cres("deploy", INSTANCE, "--channel", "canary");
	await cres("rollback", INSTANCE);
	await writeSettings(perimeter, project, settings);
}

async function lookAtAll({ progress, cres }: Stage): Promise<void> {
	await cres("channels");
	await cres("releases");
	await cres("status");
	progress.note("\na sweep of what runs: every check of every instance, from inside its container:");
	await cres("triage", "--runtime", "--all");
}

/** The numbers of the perimeter's contracts: what somebody rented by hand, with an sshd and nothing of cres in it yet. */
async function rentContracts(perimeter: Perimeter): Promise<Record<string, number>> {
	const image = await anyBaseImage(perimeter);
	const wanted = CONTRACTS.map((name) => ({
		label: `cres/rehearsal/${name}`,
		image,
		env: { "-p 22:22": "1" },
		gpus: 1,
	}));
	const numbers = await ensureContracts(perimeter, wanted);
	return Object.fromEntries(CONTRACTS.map((name, index) => [name, numbers[index]!]));
}

/** The app image of the last build, as its outputs say. */
async function builtDigest(project: string): Promise<string> {
	const lines = (await readFile(join(project, OUTPUTS), "utf8")).split("\n");
	return lines.findLast((line) => line.startsWith("digest="))!.slice("digest=".length);
}

/** From the first entry's heading to the second's. */
async function newestEntry(project: string): Promise<string> {
	const text = await readFile(join(project, "docs", "PLAN.md"), "utf8");
	return /^## \d{4}-.*?(?=^## \d{4}-|$(?![\s\S]))/ms.exec(text)?.[0].trim() ?? "";
}

/** What took how long, the newest entry, and where everything is. */
export const renderRehearsed = ({ cres, project, result, steps, entry, durationMs }: Rehearsed): string =>
	[
		...steps.map(({ command, ms }) => `${seconds(ms).padStart(8)}  ${command}`),
		`${seconds(durationMs).padStart(8)}  in all`,
		"",
		entry,
		"",
		`project:  ${project} (cres.yaml, .env, docs/PLAN.md, .cres/)`,
		`result:   ${result}`,
		`go on:    alias cres='${process.execPath} ${cres}'; cd ${project}; cres status`,
		"remove:   cres rehearse down",
	].join("\n");
