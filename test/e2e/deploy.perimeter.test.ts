import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { LABEL } from "../../src/contracts/labels.ts";
import { settingsFor, writeEnvironment, writeSettings, environmentOf } from "../support/cres.ts";
import { makeDeployable, succeed, variable, type Deployable } from "../support/deployable.ts";
import { ROTATED } from "../support/store-accounts.ts";

const perimeter = inject("perimeter");
const NAME = "e2e-deploy";
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const BUILD_ID = /^[0-9a-f]{12}(-dirty)?$/;
/** Blanks at line ends, a stray CR, tabs, no newline at the end: nothing of it is ours. */
const OLD_PLAN =
	"# PLAN  \n\n<!-- kept -->\r \n\n## 2026-01-02 - Older  entry\n\n-\tby hand \u00e9\u2028\n\n```\n## 2026-01-03 - no entry\n```\nend";

let project: Deployable;
const planPath = () => join(project.directory, "docs", "PLAN.md");
const plan = () => readFile(planPath(), "utf8");
const json = async <T>(...args: string[]) => JSON.parse(await succeed(project.cres(...args, "--json"))) as T;
const configure = (env: Record<string, string>) =>
	writeSettings(project.directory, { ...settingsFor(perimeter, NAME), env });
/** The part of the plan above the old text, which must be whole. */
async function ownEntries(): Promise<string[]> {
	const head = "# PLAN  \n\n<!-- kept -->\r \n\n";
	const [text, rest] = [await plan(), OLD_PLAN.slice(head.length)];
	expect([text.startsWith(head), text.endsWith(rest)]).toEqual([true, true]);
	return text.slice(head.length, -rest.length).split(/^(?=## )/m);
}

/** Everything that a command could change. */
async function world() {
	const files = (await readdir(join(project.directory, ".cres"), { recursive: true, withFileTypes: true })).filter(
		(entry) => entry.isFile(),
	);
	const texts = files.map(async ({ parentPath, name }) => [name, await readFile(join(parentPath, name), "utf8")]);
	const containers = (await project.containers()).map(({ Id, State }) => [Id, State.Status, State.StartedAt]);
	return { containers, files: await Promise.all(texts), plan: await plan() };
}

beforeAll(async () => {
	project = await makeDeployable(perimeter, NAME);
	await writeFile(planPath(), OLD_PLAN);
});
afterAll(() => project.remove());

describe("the life of an instance", () => {
	let first: string;

	it("says what a first deploy would do and does nothing", async () => {
		const before = await world();
		const planned = await json<{ outcome: string; plan: { kind: string }[] }>("deploy", NAME, "--dry-run");
		expect(planned.plan.map(({ kind }) => kind)).toEqual(["pull", "start", "await-pollers", "watch", "prune"]);
		expect(planned.outcome).toBe("planned");
		expect(await world()).toEqual(before);
	});

	it("deploys, verifies it by pollers and writes one entry above the old ones", async () => {
		const text = await succeed(project.cres("deploy", NAME));
		const container = await project.only();
		const identity = `cpu@${NAME}/${container.Config.Labels[LABEL.buildId]}-${container.Id.slice(0, 8)}`;
		expect(text).toContain(`polls queue-${NAME}@cpu (workflow) as ${identity}`);
		expect(text).toContain(`polls queue-${NAME}@cpu (activity) as ${identity}`);
		expect(container.Config.Image).toMatch(/@sha256:[0-9a-f]{64}$/);
		const [entry, ...others] = await ownEntries();
		expect(others).toEqual([]);
		expect(entry).toContain(container.Config.Labels[LABEL.digest]);
		expect(entry).toContain(identity);
		expect(entry).toContain(`1. \`cres stop ${NAME}\``);
		first = container.Id;
	});

	it("changes nothing when it already runs so, and says it in one line", async () => {
		const before = await world();
		expect(await succeed(project.cres("deploy", NAME))).toMatch(/^e2e-deploy already runs [^\n]+: nothing to do\n$/);
		expect(await json("deploy", NAME)).toMatchObject({ outcome: "unchanged", plan: [], steps: [], undo: null });
		expect(await world()).toEqual(before);
	});

	it("rolls on a changed variable without a moment in which nothing runs", async () => {
		await configure({ WORKER_CPU_THREADS: "3" });
		const before = await world();
		await succeed(project.cres("deploy", NAME, "--dry-run"));
		expect(await world()).toEqual(before);
		let over = false;
		const running: number[] = [];
		const looking = (async () => {
			while (!over) {
				running.push((await project.containers()).filter(({ State }) => State.Running).length);
				await delay(50);
			}
		})();
		await succeed(project.cres("deploy", NAME)).finally(() => (over = true));
		await looking;
		expect([Math.min(...running), Math.max(...running)]).toEqual([1, 2]);
		const container = await project.only();
		expect(container.Id).not.toBe(first);
		expect(variable(container, "WORKER_CPU_THREADS")).toBe("3");
	});

	it("rolls on a changed secret", async () => {
		const { Id } = await project.only();
		await writeEnvironment(project.directory, {
			...environmentOf(perimeter),
			MINIO_ACCESS_KEY: ROTATED.accessKey,
			MINIO_SECRET_KEY: ROTATED.secretKey,
		});
		const { steps } = await json<{ steps: { kind: string; ms: number }[] }>("deploy", NAME);
		const container = await project.only();
		expect(container.Id).not.toBe(Id);
		expect(steps.find(({ kind }) => kind === "drain")!.ms).toBeLessThan(5_000); // else it was killed
		expect(variable(container, "MINIO_SECRET_KEY")).toBe(ROTATED.secretKey);
		await writeEnvironment(project.directory, environmentOf(perimeter));
	});

	it("undoes that with the exact command of the entry", async () => {
		const [entry] = await ownEntries();
		const [, command] = /^1\. `cres (rollback .+)`$/m.exec(entry!)!;
		await succeed(project.cres(...command!.split(" ")));
		expect(variable(await project.only(), "WORKER_CPU_THREADS")).toBe("3");
	});

	it("rolls back to the release before: its environment shows it", async () => {
		const { stderr, exitCode } = await project.cres("rollback", NAME);
		expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
		expect(variable(await project.only(), "WORKER_CPU_THREADS")).toBeUndefined();
		const drift = { verdict: "drift", drift: ["WORKER_CPU_THREADS"], fix: `cres deploy ${NAME}` };
		expect(await project.status()).toMatchObject(drift);
		await configure({});
		expect(await project.status()).toMatchObject({ verdict: "ok", drift: [] });
	});

	it("refuses to go back to what never ran, with the choices", async () => {
		const before = await world();
		const { exitCode, stderr } = await project.cres("rollback", NAME, "--to", "nonsense");
		expect(exitCode).toBe(2);
		expect(stderr).toMatch(/cres rollback e2e-deploy --to ID, with one of these IDs:\n +20\d{6}T\S+: /);
		expect(stderr).toContain("code: unknown_release");
		expect(await world()).toEqual(before);
	});

	it("has one entry for each change, the newest first", async () => {
		const titles = (await ownEntries()).map((entry) => /^## [\d-]+ - (\w+ ?\w*) e2e-deploy/.exec(entry)![1]);
		expect(titles).toEqual(["Roll back", "Roll back", "Deploy", "Deploy", "Deploy"]);
	});

	it("leaves no lease and no temporary file", async () => {
		expect(await project.leftovers()).toEqual([]);
	});
});

describe("what reports on it", () => {
	it("releases: newest first, with the digest and how it ended", async () => {
		const { releases } = await json<{ releases: Record<string, unknown>[] }>("releases", NAME);
		expect(releases.map(({ generation }) => generation)).toEqual([5, 4, 3, 2, 1]);
		for (const release of releases)
			expect(release).toMatchObject({
				instance: NAME,
				digest: expect.stringMatching(DIGEST),
				buildId: expect.stringMatching(BUILD_ID),
				outcome: "live",
				durationMs: expect.any(Number),
			});
		const lines = (await succeed(project.cres("releases"))).trimEnd().split("\n");
		expect(lines.filter((line) => /^[* ] {2}20/.test(line))).toHaveLength(5);
		expect(lines[0]).toMatch(/^ +RELEASE +BUILD +OUTCOME +CHANGED +BY/);
		expect(lines.slice(1, 4).join(" ")).toMatch(/^\* .*\(rollback/);
	});

	it("status: what runs, what should, and that it polls", async () => {
		expect(await project.status()).toMatchObject({
			instance: NAME,
			verdict: "ok",
			generation: 5,
			restarts: 0,
			running: { digest: expect.stringMatching(DIGEST), buildId: expect.stringMatching(BUILD_ID) },
			wanted: { digest: expect.stringMatching(DIGEST) },
			detail: null,
			fix: null,
		});
		expect(await succeed(project.cres("status"))).toMatch(/e2e-deploy .* 2 of 2 +ok\n$/);
	});

	it("pollers: one live row of the running container on each queue", async () => {
		const { Id } = await project.only();
		const { rows, missing } = await json<{ rows: Record<string, unknown>[]; missing: unknown[] }>("pollers");
		const own = rows.filter(({ identity }) => String(identity).endsWith(`-${Id.slice(0, 8)}`));
		expect(own.map(({ queue, type, verdict }) => [queue, type, verdict])).toEqual([
			[`queue-${NAME}@cpu`, "workflow", "LIVE"],
			[`queue-${NAME}@cpu`, "activity", "LIVE"],
		]);
		expect(missing).toEqual([]);
		expect(await succeed(project.cres("pollers"))).toContain(Id.slice(0, 8));
	});

	it("logs: the last lines, as text and as JSON", async () => {
		const text = await succeed(project.cres("logs", NAME, "--tail", "2"));
		const { lines } = await json<{ lines: { program: string; text: string }[] }>("logs", NAME, "--tail", "2");
		expect(lines).toHaveLength(2);
		const shown = text.trimEnd().split("\n");
		expect(shown).toHaveLength(2);
		for (const [at, { program, text: line }] of lines.entries())
			expect([shown[at]!.split(" ")[0], shown[at]!.endsWith(line)]).toEqual([program, true]);
	});
});

describe("stop, start and restart", () => {
	it("stops without removing, and says so when asked again", async () => {
		const { Id } = await project.only();
		expect(await json("stop", NAME)).toMatchObject({ action: "stop", changed: true, running: false });
		expect(await succeed(project.cres("stop", NAME))).toMatch(/^e2e-deploy: nothing to stop; /);
		expect((await project.containers()).map((one) => [one.Id, one.State.Status])).toEqual([[Id, "exited"]]);
		expect(await project.status()).toMatchObject({ verdict: "stopped", fix: `cres start ${NAME}` });
	});

	it("starts the same container and waits for its polls", async () => {
		expect(await json("start", NAME)).toMatchObject({
			changed: true,
			running: true,
			pollers: [{ verdict: "LIVE" }, { verdict: "LIVE" }],
		});
		expect(await succeed(project.cres("start", NAME))).toMatch(/^e2e-deploy: nothing to start; \S+ runs and polls /);
	});

	it("restarts it", async () => {
		const before = await project.only();
		expect(await succeed(project.cres("restart", NAME))).toMatch(/^e2e-deploy: restart done; \S+ runs and polls /);
		const after = await project.only();
		expect(after.Id).toBe(before.Id);
		expect(after.State.StartedAt > before.State.StartedAt).toBe(true);
		expect(await project.leftovers()).toEqual([]);
	});
});
