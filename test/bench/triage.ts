import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadChecks } from "../../src/checks/registry.ts";
import { runStatic } from "../../src/checks/run-static.ts";
import { readTree } from "../../src/checks/tree/read-tree.ts";
import type { Tree } from "../../src/checks/tree/tree.ts";
import { findingsOf, type ReportedFinding } from "../../src/checks/triage-report.ts";
import { systemShell } from "../../src/system/shell.ts";
import { findTool } from "../../src/tools/fetch.ts";
import { TOOLS } from "../../src/tools/lock.ts";
import { corpus } from "../support/triage-corpus.ts";
import { median, millis, mustRun, say } from "./measure.ts";
import { repositoryOf } from "./triage-repository.ts";

const ROUNDS = 5;
const [AIM_MS, AIM_MB] = [1_500, 250];
/** Sizeable packages of our own, as strangers wrote them; those of Python are where set-up lays them. */
const PACKAGES = [
	...["node_modules/@oclif/core", "node_modules/playwright-core", "node_modules/ssh2", "node_modules/zod"],
	...["node_modules/protobufjs", ".cres/venv/lib/python3*/site-packages/yt_dlp"],
];

const signal = new AbortController().signal;

/** Time and memory of a static triage, what each check finds in the corpus, and what all find in packages of others. */
export async function triageBench(root: string): Promise<void> {
	const tools = await Promise.all(TOOLS.map(({ name }) => findTool(join(root, ".cres/tools"), name, process)));
	say(
		`  linters that are here: ${tools.filter((path) => path !== undefined).length} of ${TOOLS.length} (cres tools fetch)`,
	);
	for (const files of [2_000, 5_000, 20_000]) await measured(root, files);
	await corpusTable();
	await hunt(root);
}

async function measured(root: string, count: number): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), "cres-bench-triage-"));
	try {
		for (const [path, text] of repositoryOf(count)) {
			await mkdir(dirname(join(folder, path)), { recursive: true });
			await writeFile(join(folder, path), text);
		}
		await mustRun("git", ["init", "-q"], { cwd: folder });
		await mustRun("git", ["add", "-A"], { cwd: folder });
		const runs = [];
		for (let round = 0; round < (count === 2_000 ? ROUNDS : 1); round++) runs.push(await run(root, folder));
		const ms = median(runs.map((one) => one.ms));
		const mb = Math.max(...runs.map((one) => one.mb));
		const aim = count === 2_000 ? `  (aim ≤ ${millis(AIM_MS)}, ≤ ${AIM_MB} MB)` : "";
		say(
			`  ${String(count).padStart(6)} files: ${millis(ms)}, ${mb.toFixed(0)} MB at most, ${(ms / count).toFixed(2)} ms a file${aim}`,
		);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** The built program from its start to its end; its largest resident set as Linux tells it. */
function run(root: string, folder: string): Promise<{ ms: number; mb: number }> {
	return new Promise((resolve, reject) => {
		const started = performance.now();
		const args = [join(root, "bin/run.js"), "triage", "--static", folder, "--json"];
		const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"], cwd: root });
		let kilobytes = 0;
		const look = setInterval(() => {
			try {
				kilobytes = Number(
					/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? kilobytes,
				);
			} catch {} // it has ended
		}, 10);
		child.once("error", reject);
		child.once("close", (code) => {
			clearInterval(look);
			if (code === 0 || code === 3) resolve({ ms: performance.now() - started, mb: kilobytes / 1024 });
			else reject(new Error(`cres triage exits ${code}`));
		});
	});
}

async function corpusTable(): Promise<void> {
	const checks = await loadChecks();
	const trees = corpus();
	say(`  corpus: ${trees.length} trees; found of what must be found, and false findings`);
	const found = new Map<string, Set<string>>();
	for (const { name, tree } of trees)
		for (const { check, evidence } of await findingsIn(tree))
			found.set(name, (found.get(name) ?? new Set()).add(`${check} ${placeOf(evidence[0])}`));
	for (const { id } of checks) {
		const own = trees.filter(({ check }) => check === id);
		const wanted = own.flatMap(({ name, expected }) => expected.map((place) => [name, `${id} ${place}`] as const));
		const hit = wanted.filter(([name, one]) => found.get(name)?.has(one)).length;
		const healthy = trees.filter((one) => one.healthy);
		const wrong = healthy.flatMap(({ name }) => [...(found.get(name) ?? [])].filter((one) => one.startsWith(`${id} `)));
		if (wanted.length > 0)
			say(`    ${id.padEnd(32)} ${hit} of ${wanted.length}  ${wrong.length} false in ${healthy.length} healthy trees`);
	}
}

const findingsIn = async (tree: Tree): Promise<ReportedFinding[]> =>
	findingsOf(await runStatic(await loadChecks(), tree, { signal }));

const placeOf = (place: ReportedFinding["evidence"][0]): string =>
	"path" in place ? `${place.path}:${place.line}` : place.host;

/** Everything that is found in packages that many people use: each line is to be read for truth. */
async function hunt(root: string): Promise<void> {
	const { glob } = await import("node:fs/promises");
	for (const pattern of PACKAGES)
		for await (const path of glob(pattern, { cwd: root })) {
			const tree = await readTree(join(root, path), systemShell, signal);
			const findings = await findingsIn(tree);
			say(`  ${path}: ${tree.files.length} files, ${findings.length} findings`);
			for (const { code, message, evidence } of findings) say(`    ${code} ${placeOf(evidence[0])} ${message}`);
		}
}
