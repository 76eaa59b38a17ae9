import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { forwarderTo } from "../support/forwarder.ts";
import { withChangedImages } from "./by-hand.ts";
import { median, millis, say } from "./measure.ts";
import { BENCH_INSTANCE, type BenchProject } from "./project.ts";

const ROUNDS = 3;
/** Of one way; a round trip takes twice as long. */
const DELAY_MS = 150;
const AIM = { "deploy of a new image": 12, "deploy of what runs": 12, status: 7 } as const;

type What = keyof typeof AIM;

/** Round trips to the instance that nothing else hides: how much longer a command takes with a delay before its sshd, in round trips. */
export const tripsBench = (root: string): Promise<void> =>
	withChangedImages(root, async (project, digests) => {
		const near = await timesOf(project, digests, 0);
		const far = await timesOf(project, digests, DELAY_MS);
		for (const what of Object.keys(AIM) as What[]) say(line(what, near[what], far[what]));
	});

function line(what: What, near: number[], far: number[]): string {
	const trips = (median(far) - median(near)) / (2 * DELAY_MS);
	return `  ${what}: ${trips.toFixed(1)} round trips (aim ≤ ${AIM[what]}): ${millis(median(near))} and ${millis(median(far))} with ${2 * DELAY_MS} ms more each`;
}

/** Milliseconds of each command with that delay before the instance. */
async function timesOf(
	project: BenchProject,
	digests: readonly string[],
	delayMs: number,
): Promise<Record<What, number[]>> {
	await using _far = await movedBehind(project, delayMs);
	const times: Record<What, number[]> = { "deploy of a new image": [], "deploy of what runs": [], status: [] };
	const time = async (what: What, ...args: string[]) => times[what].push((await project.cres(args)).ms);
	for (let round = 0; round < ROUNDS; round++)
		for (const digest of digests) {
			await time("deploy of a new image", "deploy", BENCH_INSTANCE, "--image", digest);
			await time("deploy of what runs", "deploy", BENCH_INSTANCE, "--image", digest);
			await time("status", "status");
		}
	return times;
}

/** Lets cres.yaml name an address of the instance behind that delay, until it is disposed of. */
async function movedBehind(project: BenchProject, delayMs: number): Promise<AsyncDisposable> {
	const file = join(project.directory, "cres.yaml");
	const text = await readFile(file, "utf8");
	const settings = parse(text) as { instances: Record<string, { host: string; port: number }> };
	const { host, port } = settings.instances[BENCH_INSTANCE]!;
	const forwarder = await forwarderTo(`${host}:${port}`, delayMs);
	const [there, at] = forwarder.address.split(":");
	Object.assign(settings.instances[BENCH_INSTANCE]!, { host: there, port: Number(at) });
	await writeFile(file, stringify(settings));
	return {
		async [Symbol.asyncDispose]() {
			await writeFile(file, text);
			await forwarder[Symbol.asyncDispose]();
		},
	};
}
