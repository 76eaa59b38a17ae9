import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { rotate } from "../../src/endpoint/rotate.ts";
import { earlier, makePlace, openAccount, record, type Account, type Place } from "../endpoint/place.ts";
import { median, millis, mustRun, say } from "./measure.ts";

const FILES = 5_000;
const ROUNDS = 5;
const AIM_MS = 1_000;
const LINE = "export const answer = (question: string): number => question.length * 42; // of a usual length\n";

/** `cres endpoint rotate` in a Git repository of 5,000 files, eleven of which name the old endpoint. */
export async function rotateBench(root: string): Promise<void> {
	const account = await openAccount("gpu-1");
	try {
		const [inside, whole]: [number[], number[]] = [[], []];
		for (let round = 0; round < ROUNDS; round++) {
			inside.push(await withRepository(account, timeInside));
			whole.push(await withRepository(account, (place) => timeWhole(root, place)));
		}
		say(
			`  ${millis(median(whole))} for the command (median of ${ROUNDS}, aim ≤ ${millis(AIM_MS)}), ${FILES} files; of it:`,
		);
		say(`    ${millis(median(inside))} to ask, log in, search twice, write and record`);
	} finally {
		await account.close();
		await rm(dirname(account.key), { recursive: true });
	}
}

async function withRepository(account: Account, time: (place: Place) => Promise<number>): Promise<number> {
	const place = await makeRepository(account);
	return time(place).finally(() => rm(place.root, { recursive: true }));
}

async function makeRepository(account: Account): Promise<Place> {
	const { url, apiKey } = account.simulator;
	const files: Record<string, string> = {
		".env": `VAST_URL=${url}\nVAST_API_KEY=${apiKey}\nCRES_VAST_TIME_FACTOR=1000\nVAST_HOST=ssh5.vast.ai\nVAST_PORT=11319\n`,
		"docs/Perimeter.md": "# Perimeter\n",
		"docs/PLAN.md": "# PLAN\n",
	};
	for (let at = Object.keys(files).length; at < FILES; at++)
		files[`src/d${at % 97}/f${at}.ts`] =
			LINE.repeat(1 + (at % 80)) + (at % 500 === 7 ? "// ssh -p 11319 root@ssh5.vast.ai\n" : "");
	const place = await makePlace(account, files);
	await record(place, "gpu-1", earlier(account, "gpu-1", "ssh5.vast.ai", 11_319));
	return place;
}

async function timeInside({ ports }: Place): Promise<number> {
	const started = performance.now();
	const { outcome, searched } = await rotate(ports, "gpu-1", { dryRun: false });
	const ms = performance.now() - started;
	if (outcome !== "rotated" || searched < FILES) throw new Error(`${outcome} after ${searched} files`);
	return ms;
}

const timeWhole = async (root: string, place: Place): Promise<number> =>
	(await mustRun(process.execPath, [join(root, "bin/run.js"), "endpoint", "rotate", "gpu-1"], { cwd: place.root })).ms;
