import { beforeEach, describe, expect, it } from "vitest";
import { BUILD_INFO_PATH } from "../../src/contracts/build-info.ts";
import { formatIdentity } from "../../src/contracts/identity.ts";
import { UserError } from "../../src/errors/errors.ts";
import type { Rung } from "../../src/smoke/rung.ts";
import { binaries } from "../../src/smoke/rungs/binaries.ts";
import { dependencies } from "../../src/smoke/rungs/dependencies.ts";
import { health } from "../../src/smoke/rungs/health.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { imports } from "../../src/smoke/rungs/imports.ts";
import { layout } from "../../src/smoke/rungs/layout.ts";
import { queues } from "../../src/smoke/rungs/queues.ts";
import { start } from "../../src/smoke/rungs/start.ts";
import { stop } from "../../src/smoke/rungs/stop.ts";
import { judgePrograms, supervisor } from "../../src/smoke/rungs/supervisor.ts";
import { smoke } from "../../src/smoke/smoke.ts";
import { BUILD, makeSmokeWorld, OPTIONS, type SmokeWorld } from "./smoke-world.ts";

let world: SmokeWorld;
beforeEach(() => void (world = makeSmokeWorld()));

const short = (rung: Rung): Rung => ({ ...rung, limitMs: { cpu: 3_000, gpu: 3_000 } });
/** Makes the container whatever its files are. */
const made: Rung = { ...layout, run: async (...of) => (await layout.run(...of), { status: "ok", observed: "" }) };

/** The rung's report, on a container that runs. */
async function on(rung: Rung, { started = true } = {}) {
	const below = started ? [[made], [start]] : [];
	const ladder = [[dependencies], ...below, [short(rung)]];
	const { rungs } = await smoke(world.ports, OPTIONS, { ladder, open: world.open });
	return rungs.at(-1)!;
}

describe("layout", () => {
	it("names the files that an image lacks", async () => {
		const { status, observed } = await on(layout, { started: false });
		expect(status).toBe("fail");
		expect(observed).toMatch(/^the image lacks \/app\/boot, /);
	});

	it.each<[string, string | undefined, RegExp]>([
		[
			"another build",
			JSON.stringify({ buildId: "ffffffffffff", revision: "r", version: "1", created: "c" }),
			/^the build file says ffffffffffff, the registry 0123456789ab/,
		],
		["no JSON", "{", /not readable/],
		["none", undefined, /is not there/],
	])("reads the build file: %s", async (_case, text, expected) => {
		const { engine } = world;
		if (text === undefined) engine.files.delete(BUILD_INFO_PATH);
		else engine.files.set(BUILD_INFO_PATH, text);
		engine.has = async () => true;
		const { status, observed } = await on(layout, { started: false });
		expect([status, observed]).toEqual(["fail", expect.stringMatching(expected)]);
	});
});

describe("queues", () => {
	const poll = (buildId: string, as = BUILD) => {
		world.engine.behaviours["app"] = ({ id, order }) => {
			const instance = order.env!["WORKER_INSTANCE_NAME"]!;
			const identity = formatIdentity({ role: "cpu", instance, buildId: as, container: id });
			world.servers.pollers = [{ identity, buildId, lastSeenMs: 0 }];
		};
	};

	it("are polled by this very container as this build, whatever a clock says", async () => {
		poll(BUILD);
		expect(await on(queues)).toMatchObject({
			status: "ok",
			observed: `build ${BUILD} polls @cpu (workflow), @cpu (activity)`,
		});
	});

	it.each([
		["its identity", "ffffffffffff", "ffffffffffff"],
		["what it registers", "ffffffffffff", BUILD],
	])("name a worker of another build at once, by %s", async (_case, buildId, as) => {
		poll(buildId, as);
		const { observed, ms } = await on(queues);
		expect(observed).toMatch(
			/^@cpu \(workflow\) is polled by cpu@smoke-\S+ as build ffffffffffff; .* expected cpu@smoke-/,
		);
		expect(ms).toBeLessThan(1_000);
	});

	it("that nobody polls end in bounded time", async () => {
		const { observed } = await on(queues);
		expect(observed).toContain("after 3.0 s: nobody polls @cpu (workflow), @cpu (activity)");
	});

	it("are asked for again when Temporal was silent for a moment", async () => {
		poll(BUILD);
		const { servers } = world;
		const temporal = servers.temporal();
		let asked = 0;
		servers.temporal = () => ({
			...temporal,
			queueStatus: async (...of) => {
				if (++asked < 3) throw new UserError("temporal_unreachable", "Temporal does not answer", { hint: "start it" });
				return temporal.queueStatus(...of);
			},
		});
		expect(await on(queues)).toMatchObject({ status: "ok" });
	});

	it("are not waited for when the container has ended", async () => {
		world.servers.temporal = () => ({
			...makeSmokeWorld().servers.temporal(),
			queueStatus: async () => {
				Object.assign(world.engine.containers.at(-1)!, { state: "exited", exitCode: 3 });
				return { pollers: [], backlog: { count: 0, ageMs: 0 } };
			},
		});
		expect((await on(queues)).observed).toContain("the container is exited with exit code 3; nobody polls");
	});
});

describe("health", () => {
	const answer = (more: object) => {
		const well = { role: "compute", api: "ok", temporal: "ok", minio: "ok", llama: "n/a", whisper: "n/a" };
		const said = { ...well, reasons: {}, pretended: false, buildId: BUILD, ...more };
		world.engine.programs = () => ({ stdout: JSON.stringify(said) });
	};

	it("is that of each dependency", async () => {
		answer({});
		expect(await on(health)).toMatchObject({ status: "ok", observed: "temporal ok, minio ok, llama n/a, whisper n/a" });
		answer({ minio: "down", reasons: { minio: "AccessDenied" } });
		expect((await on(health)).observed).toContain("minio down AccessDenied");
	});

	it("is that of this build, and of an api that answers", async () => {
		answer({ buildId: "ffffffffffff" });
		expect((await on(health)).observed).toContain("the api says that it is build ffffffffffff, not 0123456789ab");
		world.engine.programs = () => ({ exitCode: 1, stderr: "connect ECONNREFUSED 127.0.0.1:8100" });
		expect((await on(health)).observed).toContain("the api does not answer: connect ECONNREFUSED");
	});
});

describe("supervisor", () => {
	const status = (...rows: string[]) => judgePrograms(rows.join("\n"), { roles: ["cpu"] });
	const RUNNING = "RUNNING   pid 12, uptime 0:00:06";

	it("runs every program", () => {
		expect(status(`api ${RUNNING}`, `watchdog ${RUNNING}`, `workers:worker-cpu ${RUNNING}`)).toEqual({
			status: "ok",
			observed: "api, watchdog, workers:worker-cpu run",
		});
		expect(
			status(`api ${RUNNING}`, `watchdog ${RUNNING}`, `workers:worker-cpu ${RUNNING}`, "models EXITED Nov 29"),
		).toMatchObject({ status: "ok" });
	});

	it("is waited for while one starts, and fails at once when one is given up", async () => {
		expect(status("api STARTING", `watchdog ${RUNNING}`, `workers:worker-cpu ${RUNNING}`)).toEqual({
			pending: "api is STARTING",
		});
		const fatal = `api FATAL Exited too quickly\nwatchdog ${RUNNING}\nworkers:worker-cpu ${RUNNING}`;
		world.engine.programs = () => ({ stdout: fatal });
		expect(await on(supervisor)).toMatchObject({ status: "fail", observed: "api is FATAL (Exited too quickly)" });
	});

	it("must know the programs of the role", async () => {
		expect(status(`api ${RUNNING}`)).toEqual({
			pending: `supervisord does not know watchdog, workers:worker-cpu: api ${RUNNING}`,
		});
	});
});

describe("programs", () => {
	it("that do not run are named with what they said", async () => {
		world.engine.programs = (argv) => ({
			stdout: argv
				.at(-1)!
				.matchAll(/^run (\S+)/gm)
				.map(([, name]) => `${name}\t${name === "ffmpeg" ? 127 : name === "ssh-keygen" ? 1 : 0}\tnot found`)
				.toArray()
				.join("\n"),
		});
		expect(await on(binaries)).toMatchObject({ status: "fail", observed: "ffmpeg ends with 127: not found" });
	});

	it("whose modules are missing are named", async () => {
		world.engine.programs = () => ({ stdout: "worker/gpu: Cannot find module 'x'\ndone\n" });
		expect(await on(imports)).toMatchObject({ status: "fail", observed: "worker/gpu: Cannot find module 'x'" });
		world.engine.programs = () => ({ stdout: "", stderr: "Illegal instruction" });
		expect((await on(imports)).observed).toBe("nothing could be imported: Illegal instruction");
		world.engine.programs = () => ({ stdout: "done\n" });
		expect(await on(imports)).toMatchObject({ status: "ok" });
	});

	it("A14: tells no part of a secret that stands where the text is cut", async () => {
		new Secret("sentinel-of-imports");
		world.engine.programs = () => ({ stdout: `whisper: ${"x".repeat(3_980)}sentinel-of-imports\n` });
		const { observed } = await on(imports);
		expect(observed.length).toBeLessThanOrEqual(4_000);
		expect(observed).not.toContain("sent");
	});
});

describe("stop", () => {
	it.each([
		[0, "ok", /^ended by itself after /],
		[137, "fail", /^it did not end within 20\.0 s and was killed/],
		[1, "fail", /^it ended with 1 exit code/],
	] as const)("exit code %d is %s", async (exitCode, status, words) => {
		world.engine.stop = async (id) => {
			Object.assign(
				world.engine.containers.find((one) => one.id === id)!,
				{ state: "exited", exitCode },
			);
		};
		const seen = await on(stop);
		expect([seen.status, seen.observed]).toEqual([status, expect.stringMatching(words)]);
	});
});
