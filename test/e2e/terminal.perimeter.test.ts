import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { settingsFor, writeSettings } from "../support/cres.ts";
import { makeDeployable, variable, type Deployable } from "../support/deployable.ts";
import { obeyed } from "../support/hostile.ts";
import { CTRL_C, onTerminal } from "../support/on-terminal.ts";

const perimeter = inject("perimeter");
const NAME = "e2e-terminal";

let project: Deployable;
beforeAll(async () => {
	project = await makeDeployable(perimeter, NAME);
});
afterAll(() => project.remove());

const configure = (env: Record<string, string>) =>
	writeSettings(project.directory, { ...settingsFor(perimeter, NAME), env });
const run = (args: readonly string[], typed?: { text: string; keys: string }) =>
	onTerminal(project.directory, "terminal", args, typed);

it("deploy shows its steps on the one terminal, and what it did on the other", async () => {
	const { code, stdout, stderr } = await run(["deploy", NAME]);
	expect([code, obeyed(stdout), obeyed(stderr)]).toEqual([0, [], []]);
	const shown = stripVTControlCharacters(stderr);
	expect(shown).toContain("✔ pull sha256:");
	expect(shown).toContain("✔ wait until the new build polls every expected queue");
	expect(stdout).toContain(NAME);
	expect(stdout).not.toContain("✔ pull");
});

it("Ctrl-C on the terminal of a deploy brings back what ran before", async () => {
	const before = await project.only();
	await configure({ WORKER_CPU_THREADS: "2" });
	const { code, stdout, stderr } = await run(["deploy", NAME], { text: "wait until the new build", keys: CTRL_C });
	expect([code, stdout]).toEqual([130, ""]);
	const shown = stripVTControlCharacters(stderr);
	expect(shown).toContain("stopping; press Ctrl-C again to stop at once");
	expect(shown).toContain("✖ interrupted: the release before runs again");
	const after = await project.only();
	expect([after.Id, variable(after, "WORKER_CPU_THREADS")]).toEqual([
		before.Id,
		variable(before, "WORKER_CPU_THREADS"),
	]);
	expect(await project.leftovers()).toEqual([]);
	await configure({});
});

it.each([
	["logs -f", ["logs", NAME, "--follow", "--tail", "10000"]],
	["pollers --watch", ["pollers", "--watch"]],
	["status --watch", ["status", "--watch"]],
])("%s goes on until Ctrl-C, and leaves the terminal as it was", async (_title, args) => {
	const { code, stdout, stderr } = await run(args, { text: NAME, keys: CTRL_C });
	expect({ code, stderr }).toMatchObject({ code: 130, stderr: expect.not.stringContaining("✖") });
	expect([obeyed(stdout), obeyed(stderr.replaceAll("^C", ""))]).toEqual([[], []]);
	const hidden = stdout.lastIndexOf("\u001B[?25l");
	expect(stdout.lastIndexOf("\u001B[?25h")).toBeGreaterThanOrEqual(hidden); // the cursor is shown again
	expect(await project.status()).toMatchObject({ verdict: "ok" });
});
