import { hostname, userInfo } from "node:os";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { settingsFor, writeSettings } from "../support/cres.ts";
import { makeDeployable, type Deployable } from "../support/deployable.ts";
import { onTerminal } from "../support/on-terminal.ts";
import { screenOf } from "../support/screen.ts";

const perimeter = inject("perimeter");
const NAME = "shown"; // short, or a table breaks its cells as wide as the times in it are

let project: Deployable;
beforeAll(async () => {
	project = await makeDeployable(perimeter, NAME);
	await change();
	await project.cres("deploy", NAME); // the last rollback goes back to it
});
afterAll(() => project.remove());

interface Shown {
	title: string;
	args: readonly string[];
	/** Needs something that has changed. */
	changes?: true;
}

/** In the order in which they are run. */
const COMMANDS: readonly Shown[] = [
	{ title: "deploy", args: ["deploy", NAME], changes: true },
	{ title: "deploy of what runs", args: ["deploy", NAME] },
	{ title: "status", args: ["status"] },
	{ title: "pollers", args: ["pollers"] },
	{ title: "releases", args: ["releases", NAME] },
	{ title: "job list", args: ["job", "list"] },
	{ title: "lock show", args: ["lock", "show", NAME] },
	{ title: "endpoint show", args: ["endpoint", "show", NAME] },
	{ title: "exit-codes", args: ["exit-codes"] },
	{ title: "instance list", args: ["instance", "list"] },
	{ title: "plan show", args: ["plan", "show"] },
	{ title: "rollback", args: ["rollback", NAME] },
];

let threads = 0;
/** Another value of a setting, so that there is something to deploy. */
const change = () =>
	writeSettings(project.directory, {
		...settingsFor(perimeter, NAME),
		env: { WORKER_CPU_THREADS: String(1 + (threads++ % 4)) },
	});

const run = (args: readonly string[]) => onTerminal(project.directory, "terminal", args);

/** Names, times, ports and digests of this run as those of every run; what follows a time in a table moves with it. */
const steady = (lines: readonly string[]): string =>
	lines
		.join("\n")
		.replaceAll(project.directory, "/project")
		.replaceAll(`${userInfo().username}@${hostname()}`, "user@host")
		.replaceAll(/\d{8}T\d{6}(\.\d{3}-\d+)?/g, "RELEASE")
		.replaceAll(/\d{4}-\d{2}-\d{2}([T ])\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z?/g, "TIME")
		.replaceAll(/\d{4}-\d{2}-\d{2}/g, "DATE")
		.replaceAll(/sha256:[0-9a-f]{12,64}/g, "sha256:DIGEST")
		.replaceAll(/SHA256:[A-Za-z0-9+/]{43}/g, "SHA256:KEY")
		.replaceAll(/\b[0-9a-f]{12}\b/g, "BUILD")
		.replaceAll(/\b[0-9a-f]{8}\b/g, "ID")
		.replaceAll(/\[\d+(\.\d+)?s\]/g, "[N s]")
		.replaceAll(/(\d+\.){3}\d+(:\d+)?/g, "ADDRESS")
		.replaceAll(/\d+(\.\d+)? (ms|s|min|h)\b( \d+ (s|min)\b)?/g, "N s")
		.replaceAll(/\bnow\b(?= +(?:\{\w+ )?LIVE)/g, "N s ago")
		.replaceAll(/\d+ rows of/g, "N rows of")
		.replaceAll(/(\S) {2,}/g, "$1  ")
		.split("\n")
		.filter((line, at, all) => line === "" || all.indexOf(line) === at) // a worker of before that was killed looks alive
		.join("\n");

const shapeOf = (value: unknown): unknown => {
	if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
	if (value === null || typeof value !== "object") return value === null ? null : typeof value;
	return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shapeOf(one)]));
};

describe.each(COMMANDS)("the screen of $title", ({ title, args, changes }) => {
	it("says this, in colours", async () => {
		if (changes) await change();
		const { code, stdout, stderr } = await run(args);
		expect(code).toBe(0);
		const [plain, told] = [await screenOf(stdout), await screenOf(stderr)];
		expect(steady([...told, "――", ...plain])).toMatchSnapshot(`${title}, text`);
		expect(steady(await screenOf(stdout, { styles: true }))).toMatchSnapshot(`${title}, colours`);
	});

	it("says the same without colours", async () => {
		if (changes) await change();
		const { code, stdout, stderr } = await run([...args, "--no-color"]);
		const all = stdout + stderr;
		expect([code, await screenOf(all, { styles: true })]).toEqual([0, await screenOf(all)]);
		expect(steady(await screenOf(stdout))).toMatchSnapshot(`${title}, without colours`);
	});

	it("has these fields as JSON", async () => {
		if (changes) await change();
		const { code, stdout } = await run([...args, "--json"]);
		const shown = JSON.parse(stdout) as { error?: unknown };
		expect([code, shown.error]).toEqual([0, undefined]);
		expect(shapeOf(shown)).toMatchSnapshot(`${title}, JSON`);
	});
});
