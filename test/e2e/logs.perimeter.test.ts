import type { ChildProcess } from "node:child_process";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { makeDeployable, succeed, type Deployable } from "../support/deployable.ts";
import { sending, settingsFor, writeSettings } from "../support/cres.ts";

const perimeter = inject("perimeter");
const NAME = "e2e-logs";

let project: Deployable;
const settings = (): ReturnType<typeof settingsFor> => ({
	...settingsFor(perimeter, NAME),
	rollout: { deploy_timeout: "60s", drain_timeout: "5s", watch: "1s", retain: 2 },
});
interface Line {
	instance: string;
	at: string;
	program: string | null;
	text: string;
}

beforeAll(async () => {
	project = await makeDeployable(perimeter, NAME);
	await writeSettings(project.directory, settings());
	await succeed(project.cres("deploy", NAME));
});
afterAll(() => project.remove());

describe("logs of a real container", () => {
	it("have a program and a time, so many lines in all, in order of time", async () => {
		const { lines } = JSON.parse(await succeed(project.cres("logs", NAME, "--json"))) as { lines: Line[] };
		const programs = new Set(lines.map(({ program }) => program));
		for (const program of ["worker-cpu", "api", "supervisord"]) expect(programs).toContain(program);
		expect(lines.map(({ at }) => at)).toEqual(lines.map(({ at }) => at).toSorted());
		const two = await succeed(project.cres("logs", NAME, "--tail", "2"));
		expect(two.trimEnd().split("\n")).toHaveLength(2);
		const starts = await succeed(project.cres("logs", NAME, "--since", "1h", "--grep", "worker starts"));
		expect(starts).toMatch(/^worker-cpu {2}\| \{.*worker starts.*\n$/);
		expect(await succeed(project.cres("logs", NAME, "--since", "2099-01-01T00:00:00Z"))).toBe("");
	});

	it("F14: are followed under --json with one object a line, until Ctrl-C with 130", async () => {
		const ran = await project.start(["logs", NAME, "-f", "--tail", "3", "--json"], sending("SIGINT", '"program"'));
		expect(ran.exitCode).toBe(130);
		const lines = ran.stdout
			.trimEnd()
			.split("\n")
			.map((line) => JSON.parse(line) as Line);
		expect(lines.map(({ instance }) => instance)).toEqual([NAME, NAME, NAME]);
	});
});

describe("exec in a real container", () => {
	it("passes streams, arguments and exit code through", async () => {
		const ran = await project.cres("exec", NAME, "--", "sh", "-c", 'echo "$0 $1"; echo no >&2; exit 7', "a b", "c'd");
		expect(ran).toMatchObject({ exitCode: 7, stdout: "a b c'd\n", stderr: "no\n" });
		const kept = await project.cres("exec", NAME, "--json", "--", "sh", "-c", "echo out; exit 3");
		expect(kept.exitCode).toBe(3);
		expect(JSON.parse(kept.stdout)).toEqual({ instance: NAME, exitCode: 3, stdout: "out\n", stderr: "" });
		expect((await project.cres("exec", NAME, "--", "no-such-program")).exitCode).toBeOneOf([126, 127]);
	});
});

it("F13: a tunnel reaches the api that listens inside the container", async () => {
	let health = "";
	const asked = Promise.withResolvers<void>();
	const ask = async (child: ChildProcess) => {
		const answers = await Promise.all(
			[1, 2, 3].map(() => fetch("http://127.0.0.1:18155/health").then((answer) => answer.text(), String)),
		);
		health = answers.join("\n");
		child.kill("SIGINT");
		asked.resolve();
	};
	const ran = await project.start(["tunnel", NAME, "18155:8100"], {
		text: "forwarding until Ctrl-C",
		act: (child) => void ask(child),
	});
	await asked.promise;
	expect(health.match(/"api":"ok"/g)).toHaveLength(3);
	expect(ran.exitCode).toBe(130);
});

it("F12: a worker that keeps ending stops the deploy with its cause, and its log is kept", async () => {
	const { instances, ...rest } = settings();
	const env = { TEMPORAL_ADDRESS: "127.0.0.1:1", TEMPORAL_CONNECT_MAX_ATTEMPTS: "1" };
	await writeSettings(project.directory, { ...rest, instances: { [NAME]: { ...instances[NAME], env } } });
	const { exitCode, stdout, stderr } = await project.cres("deploy", NAME, "--json");
	const rolled = JSON.parse(stdout) as {
		failure: { code: string; message: string };
		log: string;
		steps: { kind: string; ms: number }[];
	};
	expect({ exitCode, code: rolled.failure?.code, stderr }).toMatchObject({ exitCode: 4, code: "container_died" });
	expect(rolled.failure.message).toMatch(/its last error: Temporal at 127\.0\.0\.1:1 did not answer/);
	const kept = await succeed(project.cres(...rolled.log.split(" ").slice(1)));
	expect(kept).toContain("worker starts");
	const { stderr: note } = await project.cres("logs", NAME, "--tail", "1");
	expect(note).toContain(`its log: ${rolled.log}`);
}, 120_000);
