import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, print } from "../../src/plan/document.ts";
import { planPath, recordEntry } from "../../src/plan/plan-file.ts";
import { readPlan } from "../../src/plan/reader.ts";
import { withContents } from "../../src/plan/contents.ts";
import { median, millis, mustRun, say } from "./measure.ts";

const ENTRIES = 2_000;
const ROUNDS = 9;
const AIM_MS = { "parse + print": 150, add: 200 } as const;
const SETTINGS = `project: bench
image: { repository: owner/worker }
registry: { push: { address: "127.0.0.1:5000" } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000" }
`;

/** An entry of the median length of a grown document: 32 lines. */
const entryText = (at: number): string => `## 2026-01-01 - Change number ${at} of \`src/part-${at}.ts\`

- Recorded: 2026-01-01 10:${String(at % 60).padStart(2, "0")}:00 +00:00
- Objective: keep the queue of part ${at} polled while its worker is moved to another instance.
- Root cause:
  - The worker imported a module that the image does not hold, and ended before its first poll.
  - Nothing looked at the queue after the deploy.
- Changes:
  - \`src/part-${at}.ts\`
    - Import it when it is needed, and say which module is missing.
    - Wait for the first poll for as long as the platform takes.
  - \`docs/part-${at}.md\`
    - Describe the queue and who polls it.
  - Updated commands in:
    - \`scripts/start-${at}.sh\`

### Validation

- Verify that nothing names the old module:
  - \`rg --line-number "old_module_${at}|legacy_${at}" src scripts\`
  - Expected: no match
- Checks:
  - \`check: file-lacks src "old_module_${at}"\` → passed: 0 in 212 files
  - \`check: file-contains docs/part-${at}.md "polls"\` → passed: docs/part-${at}.md:12

### Rollback

1. Revert the changes of \`src/part-${at}.ts\`.
2. Restore:
   - \`scripts/start-${at}.sh\`
3. \`cres pollers\` shows the earlier build polling.
`;

const times = async (work: () => unknown): Promise<number> => {
	const all: number[] = [];
	for (let round = -1; round < ROUNDS; round++) {
		const started = performance.now();
		await work();
		if (round >= 0) all.push(performance.now() - started);
	}
	return median(all);
};

/** docs/PLAN.md of 2,000 entries: reading, printing, adding; with a table of contents of as many rows. */
export async function planBench(at: string): Promise<void> {
	const body = Array.from({ length: ENTRIES }, (_, index) => entryText(ENTRIES - index)).join("\n");
	const bare = `# PLAN\n\n${body}`;
	const document = parse(bare);
	const listed = print({ ...document, head: withContents(document, { make: true }) });
	say(`  ${ENTRIES} entries, ${(bare.length / 1e6).toFixed(1)} MB; medians of ${ROUNDS}`);
	say(
		`  ${millis(await times(() => print(parse(bare)) === bare))} parse + print (aim ≤ ${millis(AIM_MS["parse + print"])})`,
	);
	say(`  ${millis(await times(() => readPlan(bare)))} read every part of every entry (plan show, lint, verify)`);
	const root = await mkdtemp(join(tmpdir(), "cres-plan-bench-"));
	try {
		await mkdir(join(root, "docs"));
		await writeFile(join(root, "cres.yaml"), SETTINGS);
		for (const [name, text] of Object.entries({ "": bare, " with a table of contents": listed }))
			await addTo(root, text, name, at);
	} finally {
		await rm(root, { recursive: true });
	}
}

async function addTo(root: string, text: string, name: string, at: string): Promise<void> {
	await writeFile(planPath(root), text);
	const what = { title: "New", objective: "x.", changes: ["y"], validation: [], rollback: ["z"] };
	const inside = await times(() => recordEntry(root, { at: new Date(), ...what }));
	say(`  ${millis(inside)} add${name}: lock, read, insert, write to disk (aim ≤ ${millis(AIM_MS.add)})`);
	const args = [
		"plan",
		"add",
		"--title",
		"New",
		"--objective",
		"x.",
		"--change",
		"y",
		"--observed",
		"z",
		"--rollback",
		"z",
	];
	const [whole, start] = [
		await times(() => mustRun(process.execPath, [join(at, "bin/run.js"), ...args], { cwd: root })),
		await times(() => mustRun(process.execPath, [join(at, "bin/run.js"), "config"], { cwd: root })),
	];
	say(
		`    ${millis(whole)} for the command cres plan add; cres config, which only reads cres.yaml, takes ${millis(start)}`,
	);
}
