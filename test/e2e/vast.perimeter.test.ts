import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { LABEL } from "../../src/contracts/labels.ts";
import { sending } from "../support/cres.ts";
import { heldLeases, succeed } from "../support/deployable.ts";
import { makeVastDeployable, type VastDeployable } from "../support/vast-deployable.ts";

const perimeter = inject("perimeter");
const NAME = "vast-e2e";

let project: VastDeployable;
const json = async <T>(...args: string[]) => JSON.parse(await succeed(project.cres(...args, "--json"))) as T;
interface Rolled {
	outcome: string;
	steps: { kind: string }[];
	seen: string[];
	generation: number;
}
const plan = () => readFile(join(project.directory, "docs", "PLAN.md"), "utf8");
const endpoint = async () =>
	(await json<{ endpoints: { port: number; fingerprint: string; generation: number }[] }>("endpoint", "show"))
		.endpoints[0]!;

beforeAll(async () => {
	project = await makeVastDeployable(perimeter, NAME);
});
afterAll(() => project.remove());
afterEach(leavesNothing);

async function leavesNothing() {
	await project.control.clear();
	expect(await heldLeases(project.directory, [NAME])).toEqual([]);
}

describe("a Vast contract with a real container", () => {
	it("is rolled, and verified by the build inside and by its pollers", async () => {
		const text = await succeed(project.cres("deploy", NAME));
		const [container, at] = [await project.container(), await endpoint()];
		const buildId = container.Config.Labels[LABEL.buildId]!;
		expect(text).toContain(
			`generation ${at.generation} at 127.0.0.1:${at.port} (direct), host key ${at.fingerprint}, named by the instance's log`,
		);
		for (const type of ["workflow", "activity"])
			expect(text).toContain(`polls queue-${NAME}@cpu (${type}) as cpu@${NAME}/${buildId}-${container.Id.slice(0, 8)}`);
		expect(container.Config.Image).toBeDefined();
		expect(await plan()).toContain(`Deploy ${NAME} to ${buildId}`);
		expect((await project.status()).verdict).toBe("ok");
	});

	it("has its secrets in the environment of its processes and nowhere else", async () => {
		const { accessKey, secretKey } = perimeter.store;
		const environment = await project.inside(
			"cat /etc/environment /root/onstart.sh /root/onstart.log; ps axww 2>/dev/null; ls -la /root/.ssh",
		);
		expect(environment).toContain(`CONTAINER_ID=${project.contract}`);
		expect(environment).toContain(`WORKER_INSTANCE_NAME=${NAME}`);
		for (const secret of [accessKey, secretKey, perimeter.registry.password, perimeter.vast.apiKey])
			expect(environment).not.toContain(secret);
		const pids =
			"supervisorctl -c /app/images/etc/supervisord.conf status 'workers:*' | sed -n 's/.* pid \\([0-9]*\\),.*/\\1/p'";
		const worker = `for pid in $(${pids}); do tr '\\0' '\\n' < /proc/$pid/environ; done`;
		expect(await project.inside(worker)).toContain(`MINIO_SECRET_KEY=${secretKey}`);
	});

	it("is left alone when it runs so already", async () => {
		const { Id } = await project.container();
		expect(await succeed(project.cres("deploy", NAME))).toMatch(/^vast-e2e already runs [^\n]+: nothing to do\n$/);
		expect((await project.container()).Id).toBe(Id);
	});

	it("is rolled on a changed setting to another port and another host key", async () => {
		const before = await endpoint();
		await project.configure({ env: { WORKER_CPU_THREADS: "3" } });
		const { plan: steps } = await json<{ plan: { kind: string }[] }>("deploy", NAME, "--dry-run");
		expect(steps.map(({ kind }) => kind)).toEqual([
			"drain",
			"stage",
			"recycle",
			"await-container",
			"connect",
			"await-pollers",
			"watch",
		]);
		expect(await endpoint()).toEqual(before);
		await succeed(project.cres("deploy", NAME));
		const after = await endpoint();
		expect(after.generation).toBe(before.generation + 1);
		expect([after.port, after.fingerprint]).not.toEqual([before.port, before.fingerprint]);
		const environment = await succeed(project.cres("perimeter", "show", "--json").then(() => project.cres("config")));
		expect(environment).toContain("WORKER_CPU_THREADS");
	});

	it("goes back to the release before, which its environment shows", async () => {
		await succeed(project.cres("rollback", NAME));
		const { Config } = await project.container();
		expect(Config.Env.find((line) => line.startsWith("WORKER_CPU_THREADS="))).toBeUndefined();
		await project.configure({});
	});
});

describe("what reports on it and steers it", () => {
	it("logs, as its worker wrote them", async () => {
		expect(await succeed(project.cres("logs", NAME, "--tail", "500"))).toMatch(/^worker-cpu +\| .*worker starts/m);
		expect((await succeed(project.cres("logs", NAME, "--tail", "2"))).trimEnd().split("\n")).toHaveLength(2);
	});

	it("exec runs a program in its container, with its streams and exit code", async () => {
		const ran = await project.cres("exec", NAME, "--", "sh", "-c", 'echo "$0"; echo no >&2; exit 7', "a b'c");
		expect(ran).toMatchObject({ exitCode: 7, stdout: "a b'c\n", stderr: expect.stringContaining("no\n") });
	});

	it("stop, start and restart act on the worker, never on the contract", async () => {
		const { Id } = await project.container();
		expect(await json("stop", NAME)).toMatchObject({ changed: true, running: false });
		expect(await succeed(project.cres("stop", NAME))).toMatch(/nothing to stop/);
		expect(await json("start", NAME)).toMatchObject({ changed: true, running: true });
		expect(await json("restart", NAME)).toMatchObject({ changed: true, running: true });
		expect((await project.container()).Id).toBe(Id);
	});

	it("ssh --print is a command that OpenSSH takes, with the pinned key", async () => {
		const { argv } = JSON.parse(
			await succeed(project.cres("ssh", NAME, "--json", "--", "printenv", "CONTAINER_ID")),
		) as { argv: string[] };
		const [file, ...args] = argv;
		const { stdout } = await promisify(execFile)(file!, args, { timeout: 20_000 });
		expect(stdout.trim()).toBe(String(project.contract));
	});

	it("endpoint discover verifies what is on record", async () => {
		expect(await json("endpoint", "discover", NAME)).toMatchObject({
			endpoints: [{ proven: { verifiedBy: "log" }, differs: false, failure: null }],
		});
	});

	it("instance list shows whose the contract is", async () => {
		const { contracts } = await json<{ contracts: { contract: number; state: string }[] }>("instance", "list");
		expect(contracts.find(({ contract }) => contract === project.contract)).toMatchObject({ state: "ours" });
	});
});

describe("a roll that goes wrong", () => {
	const roll = async (threads: string) => {
		await project.configure({ env: { WORKER_CPU_THREADS: threads } });
		return project.cres("deploy", NAME);
	};
	const endsWell = async () => {
		await project.configure({});
		const { verdict, drift } = await project.status(); // what went live, or runs again, was configured otherwise
		expect([verdict, drift]).toEqual(["drift", ["WORKER_CPU_THREADS"]]);
	};
	afterEach(endsWell);

	it("boots the old image first: ends with the wanted settings", async () => {
		await project.control.set({ name: "stale-recycle", id: project.contract });
		const { exitCode, stderr } = await roll("4");
		expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
		const { Config } = await project.container();
		expect(Config.Env).toContain("WORKER_CPU_THREADS=4");
	});

	it("cannot pull: the release before runs again, exit 4", async () => {
		await project.control.set({ name: "bad-login", id: project.contract });
		const { exitCode, stdout, stderr } = await roll("5");
		expect([exitCode, stdout, stderr]).toEqual([4, "", expect.stringContaining("go back to the release before")]);
		expect(stderr).toMatch(/✖ .* did not go live .*unauthorized/i);
		expect(stderr).toMatch(/runs again and polls\n/);
	});

	it("F11: has a worker that dies: its last lines are shown, recorded and kept", async () => {
		await project.control.set({ name: "crash-loop", id: project.contract });
		const { exitCode, stderr } = await roll("6");
		expect(exitCode).toBe(4);
		expect(stderr).toMatch(/the worker keeps ending: .*; its last error: exited: worker-cpu \(exit status 1/);
		expect(stderr).toMatch(/^ {2}\| \S.*exited: worker-cpu/m);
		expect(await plan()).toMatch(/^ {2}- log: `.*worker-cpu/m);
		const [, command] = /^ *its log: cres (.*)$/m.exec(stderr)!;
		expect(await succeed(project.cres(...command!.split(" ")))).toMatch(/^supervisord +\| .*exited: worker-cpu/m);
	});

	it.each([
		["7", "wait until the platform has made"],
		["9", "watch the new container"], // the new one is up: two logins to one container
	])(
		"F1, F17: is killed after the recycle, with %s at %s: the next deploy goes on, and ends",
		async (threads, step) => {
			await project.configure({ env: { WORKER_CPU_THREADS: threads } });
			const killed = await project.start(["deploy", NAME], sending("SIGKILL", step));
			expect(killed.exitCode).toBeNull();
			expect(await project.status()).toMatchObject({ verdict: "interrupted", fix: `cres deploy ${NAME}` });
			const rolled = await json<Rolled>("deploy", NAME); // it comes back when the process has ended
			expect(rolled.outcome).toBe("live");
			expect(rolled.steps.map(({ kind }) => kind)).not.toContain("recycle");
			expect(rolled.seen.join()).toContain(`generation ${rolled.generation} at`);
			expect(await plan()).toContain(`on ${NAME}, generation ${rolled.generation}.`);
		},
	);

	it("is stopped by Ctrl-C: the release before runs again, exit 130", async () => {
		await project.configure({ env: { WORKER_CPU_THREADS: "8" } });
		const { exitCode, stderr } = await project.start(["deploy", NAME], sending("SIGINT", "find the new endpoint"));
		expect([exitCode, stderr]).toEqual([130, expect.stringContaining("interrupted: the release before runs again")]);
	});
});

it("nothing that was printed or written holds the account's key or a secret", async () => {
	const files = (await readdir(project.directory, { recursive: true, withFileTypes: true })).filter(
		(entry) => entry.isFile() && entry.name !== ".env",
	);
	const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8")));
	const everything = [...project.printed, ...texts].join("\n");
	for (const secret of [perimeter.vast.apiKey, perimeter.store.secretKey, perimeter.registry.password])
		expect(everything).not.toContain(secret);
});
