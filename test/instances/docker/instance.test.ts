import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LifecycleAction } from "../../../src/instances/instance.ts";
import { changeLife } from "../../../src/rollout/lifecycle.ts";
import { unfinishedRollout } from "../../../src/state/journal.ts";
import {
	BUILD,
	NAME,
	SECRET,
	makeDockerWorld,
	type ControlHost,
	type DockerWorld,
} from "../../support/docker-world.ts";
import { digestOfBuild } from "../../support/fake-registry.ts";

let world: DockerWorld;
let host: ControlHost;
beforeEach(async () => {
	world = await makeDockerWorld();
	host = await world.controlHost();
});
afterEach(() => world.close());

const only = () => world.daemon.containers[0]!;
const EXEC = { signal: new AbortController().signal, timeout: 1_000 };

const noPolls = async () => [];

describe("an instance that never had a container of ours", () => {
	const NOTHING = { code: "nothing_deployed", message: "cpu-1 has no container of cres", hint: "cres deploy cpu-1" };

	it("has no log, no environment, and nothing to stop", async () => {
		await expect(Array.fromAsync(host.instance.logs({ tail: 5, follow: false }))).rejects.toMatchObject(NOTHING);
		await expect(host.instance.environment()).rejects.toMatchObject(NOTHING);
		await expect(changeLife(host.ports, "stop")).rejects.toMatchObject(NOTHING);
	});

	it("runs no program", async () => {
		await expect(host.instance.exec(["id"], EXEC)).rejects.toMatchObject({ code: "nothing_runs" });
	});

	it("is shown so, with what to type", async () => {
		expect(await host.instance.running(noPolls)).toEqual({
			...{ container: null, count: 0, generation: null, gpu: false, holder: undefined },
			stopped: { detail: "no container runs", fix: "cres deploy cpu-1" },
		});
		expect(await host.status()).toMatchObject({ verdict: "stopped", fix: "cres deploy cpu-1", running: null });
	});
});

describe("an instance that runs a release", () => {
	beforeEach(async () => {
		world.daemon.behaviours.set(BUILD.first, { log: ["one", "two", "three"] });
		await host.deploy(BUILD.first);
	});

	it("is told without waiting for the polls", async () => {
		const never = new Promise<never>(() => {});
		expect(await host.instance.running(() => never)).toHaveProperty("count");
	});

	it("shows it", async () => {
		world.daemon.gpu = true;
		const { container, ...others } = await host.instance.running(noPolls);
		expect(others).toEqual({ count: 1, generation: 1, gpu: true, holder: undefined, stopped: null });
		expect(container).toMatchObject({
			...{ digest: digestOfBuild(BUILD.first), buildId: BUILD.first, restarts: 0 },
			...{ specHash: (await host.releases())[0]!.specHash, since: new Date(only().startedAt!).toISOString() },
		});
		expect(await host.status()).toMatchObject({ verdict: "ok", generation: 1, drift: [] });
	});

	it("knows the polls of its own container, of each role", async () => {
		const { container } = await host.instance.running(noPolls);
		const own = (identity: string) => container!.owns({ identity } as never);
		const id = only().id.slice(0, 8);
		expect(own(`cpu@cpu-1/${BUILD.first}-${id}`)).toBe(true);
		expect(own(`gpu@cpu-1/${BUILD.first}-${id}`)).toBe(true);
		expect(own(`cpu@cpu-1/${BUILD.first}-00000000`)).toBe(false);
		expect(own(`cpu@cpu-2/${BUILD.first}-${id}`)).toBe(false);
		expect(own(`cpu@cpu-1/${BUILD.second}-${id}`)).toBe(false);
	});

	it("gives the last lines of its log", async () => {
		const lines = await Array.fromAsync(host.instance.logs({ tail: 2, follow: false }));
		expect(lines.map(({ text }) => text)).toEqual(["two", "three"]);
	});

	it("follows its log until Ctrl-C", async () => {
		const lines: string[] = [];
		for await (const line of host.instance.logs({ tail: 1, follow: true })) {
			lines.push(line.text);
			setImmediate(() => host.interrupt.abort());
		}
		expect(lines).toEqual(["three"]);
	});

	it("tells its environment, without the values of secrets", async () => {
		const environment = await host.instance.environment();
		expect(environment).toMatchObject({ WORKER_MODE: "cpu", MINIO_ACCESS_KEY: "", MINIO_SECRET_KEY: "" });
		expect(JSON.stringify(environment)).not.toContain(SECRET);
	});

	it("runs a program in its container", async () => {
		expect(await host.instance.exec(["echo", "a b"], EXEC)).toBe("echo a b");
	});

	it("that is stopped shows so, runs no program, and still has its log", async () => {
		only().stopped = true;
		expect(await host.status()).toMatchObject({
			...{ verdict: "stopped", detail: "its container is stopped", fix: "cres start cpu-1", generation: 1 },
		});
		await expect(host.instance.exec(["id"], EXEC)).rejects.toMatchObject({ code: "nothing_runs" });
		const lines = await Array.fromAsync(host.instance.logs({ tail: 1, follow: false }));
		expect(lines.map(({ text }) => text)).toEqual(["three"]);
	});

	it("that restarts again and again is shown as one that runs, with its restarts", async () => {
		only().behaviour = { backsOff: true };
		expect(await host.instance.running(noPolls)).toMatchObject({ count: 1, container: { restarts: 3 }, stopped: null });
		expect(await host.status()).toMatchObject({
			...{ verdict: "not-polling", detail: "restarted 3 times", fix: "cres logs cpu-1" },
		});
		await expect(host.instance.exec(["id"], EXEC)).rejects.toMatchObject({ code: "nothing_runs" });
	});

	it("is the one that runs, before one that restarts and one that ended later", async () => {
		const { spec } = only();
		const beside = (name: string, change: object) =>
			Object.assign(world.daemon.create({ ...spec, name }), { startedAt: world.clock.now() + 9 }, change);
		beside("ended", { stopped: true });
		expect((await host.instance.running(noPolls)).container).toMatchObject({ restarts: 0 });
		beside("restarting", { behaviour: { backsOff: true } });
		expect(await host.instance.running(noPolls)).toMatchObject({ count: 2, container: { restarts: 0 } });
		only().stopped = true;
		expect(await host.instance.running(noPolls)).toMatchObject({ count: 1, container: { restarts: 3 } });
	});

	it("besides another container of ours shows both, the newest one first", async () => {
		const { spec } = only();
		const newer = world.daemon.create({ ...spec, name: "newer", labels: { ...spec.labels, "cres.generation": "7" } });
		newer.startedAt = world.clock.now() + 1;
		world.daemon.create({ ...spec, name: "never-started" });
		expect(await host.instance.running(noPolls)).toMatchObject({ count: 2, generation: 7 });
		expect(await host.status()).toMatchObject({ verdict: "two-containers", detail: "2 containers run instead of one" });
	});

	it("shows a container of an early version, which says little of itself", async () => {
		for (const label of ["run-spec", "generation", "digest", "build-id"])
			delete (only().spec.labels as Record<string, string>)[`cres.${label}`];
		expect(await host.instance.running(noPolls)).toMatchObject({
			generation: 0,
			container: { digest: "", buildId: "", specHash: null },
		});
	});

	it("opens one connection for all that it is asked, and closes it", async () => {
		const { opened } = world.daemon;
		await Promise.all([host.instance.running(noPolls), host.instance.environment()]);
		expect(world.daemon.opened).toBe(opened);
		host.instance.close();
		await new Promise(setImmediate);
		expect(world.daemon.closed).toBe(world.daemon.opened);
		await host.instance.environment();
		expect(world.daemon.opened).toBe(opened + 1);
	});
});

it("is asked again after it could not be reached", async () => {
	world.daemon.reachable = false;
	await expect(host.instance.environment()).rejects.toMatchObject({ code: "instance_unreachable" });
	host.instance.close();
	world.daemon.reachable = true;
	await expect(host.instance.environment()).rejects.toMatchObject({ code: "nothing_deployed" });
});

describe("stop, start and restart", () => {
	beforeEach(async () => {
		await host.deploy(BUILD.first);
		world.daemon.changes = [];
	});
	const change = async (action: LifecycleAction) => {
		const { changed, running, pollers } = await changeLife(host.ports, action);
		return [changed, running, pollers.length];
	};

	it("stop the container, once", async () => {
		expect(await change("stop")).toEqual([true, false, 0]);
		expect(await change("stop")).toEqual([false, false, 0]);
		expect(world.daemon.changes).toEqual(["stop cres-shop-cpu-1-g1 within 5000"]);
	});

	it("start it, once, and wait for its polls", async () => {
		only().stopped = true;
		expect(await change("start")).toEqual([true, true, 2]);
		expect(await change("start")).toEqual([false, true, 2]);
		expect(world.daemon.changes).toEqual(["start cres-shop-cpu-1-g1"]);
		expect(host.notes).toContain("start cres-shop-cpu-1-g1 and wait for its polls");
	});

	it("restart it; whatever it restarted before counts no more", async () => {
		only().restarts = 3;
		expect(await change("restart")).toEqual([true, true, 2]);
		expect(world.daemon.changes).toEqual(["stop cres-shop-cpu-1-g1 within 5000", "start cres-shop-cpu-1-g1"]);
	});

	it("restart one that is stopped", async () => {
		only().stopped = true;
		expect(await change("restart")).toEqual([true, true, 2]);
		expect(world.daemon.changes).toEqual(["start cres-shop-cpu-1-g1"]);
	});

	it("start one that had restarted before: its restarts from then on count", async () => {
		Object.assign(only(), {
			stopped: true,
			restarts: 5,
			behaviour: { polls: false, endsAfterMs: 300, restarts: true },
		});
		await expect(changeLife(host.ports, "start")).rejects.toMatchObject({ code: "container_died" });
	});

	it("never touch another digest", async () => {
		await change("restart");
		expect(world.daemon.containers.map(({ buildId }) => buildId)).toEqual([BUILD.first]);
	});

	it("say when it does not poll", async () => {
		only().behaviour = { polls: false };
		await expect(changeLife(host.ports, "restart")).rejects.toMatchObject({ code: "never_polled" });
		expect((await host.status()).verdict).toBe("not-polling");
	});

	it("stop nothing any more once Ctrl-C came", async () => {
		host.interrupt.abort(new Error("Ctrl-C"));
		await expect(changeLife(host.ports, "restart")).rejects.toThrow("Ctrl-C");
		expect(world.daemon.changes).toEqual([]);
	});

	it("are kept in the journal, under the lease", async () => {
		let seen: unknown;
		host.onStep("drain and stop", async () => {
			seen = [
				(await unfinishedRollout(host.config.state, NAME))?.purpose,
				(await host.instance.lease.holder())?.purpose,
			];
		});
		await change("stop");
		expect(seen).toEqual(["stop", "stop"]);
		expect(await unfinishedRollout(host.config.state, NAME)).toBeUndefined();
		expect(await host.instance.lease.holder()).toBeUndefined();
	});
});
