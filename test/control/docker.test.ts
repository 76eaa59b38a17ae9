import { expect, it } from "vitest";
import { boot } from "../../src/control/boot.ts";
import { readLogs } from "../../src/control/logs.ts";
import { status } from "../../src/control/status.ts";
import { stop } from "../../src/control/stop.ts";
import { systemClock } from "../../src/system/clock.ts";
import type { Shell } from "../../src/system/shell.ts";
import { controlWorld } from "../support/control-world.ts";
import { virtualClock } from "../support/virtual-clock.ts";

interface Container {
	id: string;
	running: boolean;
	startedAt: string;
	exit: number;
	label: string;
}

/** A Docker client whose daemon holds containers; the value of each name that `run` was given is kept. */
function fakeDocker() {
	const clock = virtualClock();
	const containers = new Map<string, Container>();
	const ran: string[] = [];
	let given: Record<string, string> = {};
	let isUp = true;
	let endsAtOnce = false;
	const ok = (stdout = "") => ({ exitCode: 0, stdout, stderr: "" });
	const no = (stderr: string) => ({ exitCode: 1, stdout: "", stderr });
	const start = (container: Container) =>
		Object.assign(container, {
			running: !endsAtOnce,
			exit: endsAtOnce ? 7 : 0,
			startedAt: String((clock.advance(1), clock.now())),
		});
	const shell: Shell = {
		async run(file, args, { env = {} } = {}) {
			ran.push([file, ...args].join(" "));
			if (!isUp) return no("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.\n");
			const [verb] = args;
			const name = verb === "run" ? args[args.indexOf("--name") + 1]! : args.at(-1)!;
			const found = containers.get(name);
			if (verb === "run") {
				given = env;
				const label = /^cres\.control=(.*)$/.exec(args[args.indexOf("--label") + 1]!)![1]!;
				const made = { id: `id-${ran.length}`, running: true, startedAt: "", exit: 0, label };
				containers.set(name, start(made));
				return ok(`${made.id}\n`);
			}
			if (!found) return no(`Error: No such container: ${name}\n`);
			if (verb === "inspect")
				return ok(`${found.id}\t${found.running}\t${found.startedAt}\t${found.exit}\t${found.label}\n`);
			if (verb === "start") start(found);
			if (verb === "stop") found.running = false;
			if (verb === "rm") containers.delete(name);
			return verb === "logs" ? { exitCode: 0, stdout: "line 1", stderr: "line 2" } : ok();
		},
	};
	const container = (name: string, running = false) =>
		containers.set(name, { id: `id-${name}`, running, startedAt: "0", exit: 0, label: "" });
	return {
		...{ shell, clock, containers, ran, container },
		given: () => given,
		down: () => void (isUp = false),
		failing: () => void (endsAtOnce = true),
	};
}

const READY = { http: "http://127.0.0.1:9000/minio/health/live" };
async function open(docker: object, more: object = {}) {
	const fake = fakeDocker();
	const isRunning = () => [...fake.containers.values()].some(({ running }) => running);
	const world = await controlWorld(
		{ store: { docker, ready: READY, wait: "2s", ...more } },
		{
			...{ shell: fake.shell, clock: fake.clock, findProgram: async () => "/usr/bin/docker" },
			answers: { acceptsTcp: async () => false, readHttp: async () => ({ status: isRunning() ? 200 : 503, body: "" }) },
			ports: { taken: async () => undefined },
		},
	);
	return { ...world, fake };
}

it("starts a container that is there, knows it again, and stops it", async () => {
	const { ports, fake } = await open({ container: "minio" });
	fake.container("minio");
	expect((await boot(ports, [])).services[0]).toMatchObject({ outcome: "started" });
	expect((await status(ports, [])).services[0]).toMatchObject({ state: "ready", startedBy: "cres" });
	expect((await boot(ports, [])).services[0]).toMatchObject({ outcome: "untouched" });
	expect((await stop(ports, [])).services[0]).toMatchObject({ outcome: "stopped" });
	expect(fake.containers.get("minio")!.running).toBe(false);
	expect((await stop(ports, [])).services[0]).toMatchObject({ outcome: "was-stopped" });
});

it("ends the pull of an image after Ctrl-C", async () => {
	const { ports, fake } = await open({ image: "minio/minio" });
	const interrupt = new AbortController();
	const shell: Shell = {
		async run(file, args, options) {
			if (args[0] !== "run") return fake.shell.run(file, args, options);
			setImmediate(() => interrupt.abort(new Error("Ctrl-C")));
			await systemClock.sleep(60_000, options?.signal);
			return { exitCode: 0, stdout: "", stderr: "" };
		},
	};
	const { services } = await boot({ ...ports, shell, signal: interrupt.signal }, []);
	expect(services[0]).toMatchObject({ outcome: "interrupted" });
	expect(fake.containers.size).toBe(0);
});

it("leaves a container alone that somebody else started, or started again", async () => {
	const { ports, fake } = await open({ container: "minio" });
	fake.container("minio", true);
	expect((await boot(ports, [])).services[0]).toMatchObject({ outcome: "untouched" });
	expect((await stop(ports, [])).services[0]).toMatchObject({ outcome: "left" });
	fake.containers.get("minio")!.running = false;
	await boot(ports, []);
	fake.containers.get("minio")!.startedAt = "later";
	expect((await stop(ports, [])).services[0]).toMatchObject({ outcome: "left", detail: "cres did not start it" });
	expect(fake.containers.get("minio")!.running).toBe(true);
});

it("makes a container of an image, secrets by its environment alone, and removes it", async () => {
	const docker = {
		image: "minio/minio",
		args: ["server", "/data"],
		publish: ["127.0.0.1:9000:9000"],
		volumes: ["minio:/data"],
	};
	const { ports, fake } = await open(docker, { secrets: { MINIO_ROOT_PASSWORD: "MINIO_SECRET_KEY" }, env: { A: "1" } });
	expect((await boot(ports, [])).services[0]).toMatchObject({ outcome: "started" });
	expect(fake.ran.find((line) => line.includes(" run "))).toBe(
		`/usr/bin/docker run --detach --name cres-control-video-store --label cres.control=${ports.config.state}/control --env A --env MINIO_ROOT_PASSWORD --publish 127.0.0.1:9000:9000 --volume minio:/data minio/minio server /data`,
	);
	expect(fake.given()).toEqual({ A: "1", MINIO_ROOT_PASSWORD: "sentinel-secret" });
	fake.containers.get("cres-control-video-store")!.running = false;
	expect((await boot(ports, [])).services[0]).toMatchObject({ outcome: "started" });
	expect((await stop(ports, [])).services[0]).toMatchObject({ outcome: "stopped" });
	expect(fake.containers.size).toBe(0);
});

it("takes no container of that name for its own", async () => {
	const { ports, fake } = await open({ image: "minio/minio" });
	fake.container("cres-control-video-store");
	expect((await boot(ports, [])).services[0]!.error!.message).toBe(
		"store cannot be started: the container cres-control-video-store is not ours",
	);
	expect(fake.containers.size).toBe(1);
});

it("tells the exit code of a container that ends at once", async () => {
	const { ports, fake } = await open({ image: "minio/minio" });
	fake.failing();
	expect((await boot(ports, [])).services[0]).toMatchObject({
		...{ outcome: "failed", exit: "exit 7" },
		error: { code: "service_ended", message: "store ended (exit 7) before it was ready" },
	});
});

it("names a container that is not there, and a Docker that does not answer", async () => {
	const { ports, fake } = await open({ container: "minio" });
	expect((await boot(ports, [])).services[0]!.error!.message).toBe(
		"store cannot be started: Docker has no container minio",
	);
	fake.down();
	expect((await boot(ports, [])).services[0]!.error).toMatchObject({ code: "docker_unreachable" });
	expect((await stop(ports, [])).services[0]).toMatchObject({
		...{ outcome: "failed", detail: expect.stringContaining("Docker does not answer: Cannot connect") },
	});
	const without = await boot({ ...ports, findProgram: async () => undefined }, []);
	expect(without.services[0]!.error).toMatchObject({ code: "docker_missing" });
});

it("has the container's own log", async () => {
	const { ports, fake } = await open({ container: "minio" });
	fake.container("minio");
	expect(await Array.fromAsync(readLogs(ports, [], { tail: 5, follow: false }))).toEqual([
		{ service: "store", text: "line 1" },
		{ service: "store", text: "line 2" },
	]);
	expect(fake.ran.at(-1)).toBe("/usr/bin/docker logs --tail 5 minio");
});
