import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { silentProject, type SilentProject } from "../support/silent-peer.ts";
import { ROOT } from "../support/sources.ts";

vi.setConfig({ testTimeout: 60_000 }); // several processes one after the other, on a machine that is busy

let project: SilentProject;
beforeAll(async () => {
	project = await silentProject();
});
afterAll(() => project.close());

const DIGEST = `sha256:${"0".repeat(64)}`;

/** Commands that only read, each with what makes it ask somebody. */
const READING = [
	`attest show ${DIGEST}`,
	`attest verify ${DIGEST}`,
	"channels",
	"ci status 4f1c2ab",
	"control status",
	"doctor",
	"endpoint discover",
	"instance list",
	"job list",
	"lock show cpu-1",
	"models list",
	"perimeter check --running",
	"plan lint --run",
	"plan verify",
	"pollers",
	"pollers --watch",
	"status",
	"triage cpu-1",
];
/** Those that read files of this machine alone, and of the rehearsal. */
const LOCAL = [
	...["api token list", "config", "endpoint show", "perimeter show", "plan show", "releases", "rehearse status"],
	...["triage explain", "triage facts", "triage list"],
];

it.each(READING)("cres %s ends at the first Ctrl-C while nobody answers, and prints nothing else", async (line) => {
	const { exitCode, stdout, stderr, ms } = await project.stop(`${line} --json`, "SIGINT");
	const error = { error: { code: "interrupted", message: "interrupted by the operator" } };
	expect([exitCode, stdout && JSON.parse(stdout)]).toEqual([130, line.endsWith("--watch") ? "" : error]);
	expect(stderr).toContain("stopping; press Ctrl-C again to stop at once");
	expect(ms).toBeLessThan(2_500); // a call to Temporal has 3 s, one to Vast 2 min
});

it("every command that only reads is among them", async () => {
	const folder = join(ROOT, "src/commands");
	const paths = await Array.fromAsync(glob("**/*.ts", { cwd: folder }));
	const isReading = async (path: string) =>
		/extends (?:Looking|Watching)Command\b/.test(await readFile(join(folder, path), "utf8"));
	const reading = (await Promise.all(paths.map(async (path) => ((await isReading(path)) ? [path] : [])))).flat();
	const names = reading.map((path) => path.replace(/(?:\/index)?\.ts$/, "").replaceAll(/[/\\]/g, " "));
	const isListed = (name: string) => [...READING, ...LOCAL].some((line) => `${line} `.startsWith(`${name} `));
	expect(names.filter((name) => !isListed(name))).toEqual([]);
	expect(names.length).toBeGreaterThan(20);
});

it.each<[string, NodeJS.Signals, number, string]>([
	["status --json", "SIGTERM", 143, "terminated"],
	["job cancel video-1 --json", "SIGINT", 130, "interrupted"],
	["run video --input https://example.org/a.mp4 --json", "SIGINT", 130, "interrupted"],
	["logs cpu-1 --json", "SIGINT", 130, "interrupted"],
	["self-test cpu-1 --json", "SIGINT", 130, "interrupted"],
	["control prepare --json", "SIGINT", 130, "interrupted"],
	["endpoint rotate gpu-1 --json", "SIGINT", 130, "interrupted"],
	[`deploy cpu-1 --image ${DIGEST} --dry-run --json`, "SIGINT", 130, "interrupted"],
	[`deploy cpu-1 --image ${DIGEST} --dry-run --json`, "SIGTERM", 143, "terminated"],
])("cres %s ends at %s while nobody answers, and says so", async (line, signal, exit, code) => {
	const { exitCode, stdout, stderr, ms } = await project.stop(line, signal);
	expect([exitCode, JSON.parse(stdout)]).toEqual([exit, { error: { code, message: expect.any(String) } }]);
	expect(stderr).toMatch(new RegExp(`\n✖ ${code} by the operator\n {2}code: ${code}\n$`));
	expect(ms).toBeLessThan(2_500);
});
