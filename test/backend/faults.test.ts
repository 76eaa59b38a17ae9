import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { placeOf } from "../../src/backend/place.ts";
import { startBackend } from "../../src/backend/start.ts";
import { stopBackend } from "../../src/backend/stop.ts";
import { writeRecord } from "../../src/services/record.ts";
import { systemProcesses, type Processes } from "../../src/system/processes.ts";
import { backendWorld, kind, recordedPid, two, until, type World } from "./world.ts";
import { BIN } from "../support/built.ts";

const isRunning = async (pid: number) => (await systemProcesses.find(pid)) !== undefined;
const records = async ({ place }: World): Promise<string[]> => readdir(join(place.directory, "run")).catch(() => []);

/** Pids of everything that carries a mark of this backend. */
async function ours({ place }: World): Promise<number[]> {
	const spec = JSON.parse(await readFile(join(place.directory, "state", "spec.json"), "utf8")) as { nonce: string };
	return systemProcesses.marked(spec.nonce);
}

async function listenOn(port: number, host: string) {
	const server = createServer((socket) => socket.end("mine")).listen({ port, host });
	onTestFinished(() => void server.close());
	await once(server, "listening");
	return (server.address() as AddressInfo).port;
}

/** A process that nobody started for the backend. */
async function foreign() {
	const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
	onTestFinished(() => void child.kill("SIGKILL"));
	await once(child, "spawn");
	return child;
}

describe("a start", () => {
	it.each(["127.0.0.1", "::1", "0.0.0.0"])("names who holds a port on %s, and leaves him alone", async (host) => {
		const world = await backendWorld(two);
		await listenOn(world.port + 2, host);
		await expect(world.start()).rejects.toMatchObject({
			code: "backend_port_taken",
			message: expect.stringMatching(
				new RegExp(`^datafeed-0 cannot have port ${world.port + 2}: process ${process.pid} \\(.+\\) holds it on `),
			),
		});
		expect(await records(world)).toEqual([]);
	});

	it("says where the backend is stopped that holds a port", async () => {
		const world = await backendWorld(two);
		await world.start();
		const other = placeOf(join(world.place.root, "other.yaml"));
		await copyFile(world.place.file, other.file);
		await expect(startBackend(world.ports, other, { generate: false })).rejects.toMatchObject({
			code: "backend_port_taken",
			hint: `cres started process ${await recordedPid(world.place, "broker-0")} in ${world.place.root}: stop that backend or service there, or choose another port`,
		});
	});

	it("needs nginx, and says where it comes from", async () => {
		const world = await backendWorld(two, {});
		await world.write({ nginx: { port: world.port, program: "cres-nonesuch" } });
		await expect(world.start()).rejects.toMatchObject({
			code: "backend_nginx_missing",
			message: "cres-nonesuch is not installed, or not on the PATH",
			hint: expect.stringContaining("apt install nginx"),
		});
	});

	it("shows the last lines of a server that ends, and leaves nothing running", async () => {
		const world = await backendWorld((first) => ({
			...two(first),
			last: { port: first + 2, modules: ["last"], command: kind("dies") },
		}));
		await expect(world.start()).rejects.toMatchObject({
			code: "backend_server_ended",
			message: expect.stringMatching(/^last-0 ended \(exit 3\) before it was healthy; [^]*cannot read the settings$/),
		});
		expect([await records(world), await ours(world)]).toEqual([[], []]);
		expect(await world.status()).toMatchObject({ state: "stopped", held: [] });
	});

	it("gives up a server that never becomes healthy, and leaves nothing running", async () => {
		const sick = (first: number) => ({ ...two(first), broker: { port: first, command: kind("sick") } });
		const world = await backendWorld(sick, { health_timeout: 1 });
		await expect(world.start()).rejects.toMatchObject({
			code: "backend_server_unhealthy",
			message: expect.stringMatching(/^broker-0 is not healthy: http:.* answers 500; the last lines of its log:\n/),
		});
		expect([await records(world), await ours(world)]).toEqual([[], []]);
	});

	it.each([
		[
			"listens elsewhere",
			"require('http').createServer().listen({port}, '::1')",
			/^it has to listen on 127\.0\.0\.1:\d+; read /,
		],
		["goes to the background", "0", /^its command has to stay in the foreground; read /],
	])("says what a server has to do that %s", async (_, script, hint) => {
		const command = [process.execPath, "-e", script];
		const world = await backendWorld((first) => ({ a: { port: first, command } }), { health_timeout: 1 });
		await expect(world.start()).rejects.toMatchObject({ hint: expect.stringMatching(hint) as string });
	});

	it("names a program that is not there", async () => {
		const world = await backendWorld((first) => ({ a: { port: first, command: ["cres-nonesuch", "{port}"] } }));
		await expect(world.start()).rejects.toMatchObject({
			code: "service_not_started",
			message: expect.stringContaining("a-0 cannot be started: spawn cres-nonesuch ENOENT"),
		});
		expect(await ours(world)).toEqual([]);
	});

	it("cannot be done twice at once", async () => {
		const world = await backendWorld(two);
		const both = await Promise.allSettled([world.start(), world.start()]);
		const lost = both.filter((one) => one.status === "rejected");
		expect(lost.map(({ reason }) => reason)).toMatchObject([{ code: "lease_held", exit: "busy" }]);
		expect(await world.status()).toMatchObject({ healthy: true });
	});

	it("refuses a folder that it cannot write, before anything runs", async () => {
		const world = await backendWorld(two);
		await mkdir(world.place.directory, { recursive: true });
		await writeFile(world.place.logs, "a file");
		await expect(world.start()).rejects.toMatchObject({ code: "backend_directory_unusable" });
		await rm(world.place.logs);
		expect(await records(world)).toEqual([]);
	});

	it("makes the gateway's file again where it is of other settings or broken, and keeps it else", async () => {
		const world = await backendWorld(two);
		const made = async () => {
			const { gateway } = await world.start();
			await world.stop();
			return gateway.made;
		};
		const seen = [await made(), await made()];
		const text = await readFile(world.place.gateway, "utf8");
		await writeFile(world.place.gateway, `${text}\nnonsense;\n`);
		seen.push(await made());
		await writeFile(world.place.gateway, text.replace(/^# settings .*$/m, "# settings 0000000000000000"));
		expect([...seen, await made()]).toEqual(["missing", null, "invalid", "older"]);
	});
});

describe("a stop", () => {
	it("kills a server that ignores it, with its child, after its time", async () => {
		const world = await backendWorld((first) => ({ a: { port: first, modules: ["a"], command: kind("deaf") } }));
		await world.start();
		const { pid, child } = await world.ask("/api/v1/a/x");
		const began = performance.now();
		expect((await world.stop(500)).stopped).toEqual(["a-0", "nginx"]);
		expect(performance.now() - began).toBeLessThan(5_000);
		expect([await isRunning(pid), await isRunning(child)]).toEqual([false, false]);
	});

	it("waits no longer once its signal is aborted; what was asked may still run", async () => {
		const world = await backendWorld((first) => ({ a: { port: first, modules: ["a"], command: kind("deaf") } }));
		await world.start();
		const { pid } = await world.ask("/api/v1/a/x");
		const interrupt = new AbortController();
		const stopping = stopBackend({ ...world.ports, signal: interrupt.signal }, world.place, 8_000);
		stopping.catch(() => {});
		await until(async () => (await world.status()).state === "stopping");
		interrupt.abort(new Error("Ctrl-C"));
		await expect(stopping).rejects.toThrow("Ctrl-C");
		expect(await isRunning(pid)).toBe(true);
		systemProcesses.kill(pid);
	});

	it("reports who holds a port in its place, and leaves him alone", async () => {
		const world = await backendWorld(two);
		await world.start();
		await world.stop();
		await listenOn(world.port + 1, "127.0.0.1");
		const { held } = await world.stop();
		expect(held).toMatchObject([{ port: world.port + 1, code: "EADDRINUSE", holder: { pid: process.pid } }]);
		expect((await world.status()).held[0]).toContain(`process ${process.pid} `);
	});

	it("leaves processes alone whose pid is on record from before a restart of the system", async () => {
		const world = await backendWorld(two);
		await world.start();
		await world.stop();
		const child = await foreign();
		const found = await systemProcesses.find(child.pid!);
		const startedAt = found!.startedAt!.replace(/^[^/]+/, "00000000-0000-4000-8000-000000000000");
		await writeRecord(
			{ directory: world.place.directory, name: "broker-0" },
			{ pid: child.pid!, startedAt, program: "node" },
		);
		expect(await world.status()).toMatchObject({ state: "stopped" });
		expect(await world.stop()).toMatchObject({ stopped: [] });
		expect([await isRunning(child.pid!), await records(world)]).toEqual([true, []]);
		await world.start();
		expect(await isRunning(child.pid!)).toBe(true);
	});

	it("leaves a process alone that has the pid and the start, but another mark", async () => {
		const world = await backendWorld(two);
		const child = await foreign();
		const { startedAt } = (await systemProcesses.find(child.pid!))!;
		const place = { directory: world.place.directory, name: "broker-0" };
		await writeRecord(place, { pid: child.pid!, startedAt: startedAt!, program: "node", mark: "that-of-another-one" });
		child.kill(0);
		const marked = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { env: { CRES_SERVICE_MARK: "x" } });
		onTestFinished(() => void marked.kill("SIGKILL"));
		await once(marked, "spawn");
		const start = (await systemProcesses.find(marked.pid!))!.startedAt!;
		await writeRecord(place, { pid: marked.pid!, startedAt: start, program: "node", mark: "that-of-another-one" });
		expect((await world.stop()).stopped).toEqual([]);
		expect(await isRunning(marked.pid!)).toBe(true);
	});

	it.each([
		["of another user", ["setpriv", "--reuid=65534", "--clear-groups"]],
		["without any mark", []],
		["without any environment", ["env", "-i"]],
	])("leaves a process %s alone that has the pid and the start", async (_, before) => {
		const world = await backendWorld(two);
		const [file, ...args] = [...before, process.execPath, "-e", "setInterval(() => {}, 1000)"];
		const child = spawn(file!, args);
		onTestFinished(() => void child.kill("SIGKILL"));
		await until(async () => (await readFile(`/proc/${child.pid}/cmdline`, "utf8")).startsWith(process.execPath));
		const { startedAt } = (await systemProcesses.find(child.pid!))!;
		const place = { directory: world.place.directory, name: "broker-0" };
		const mark = "0123456789abcdef/broker-0/";
		await writeRecord(place, { pid: child.pid!, startedAt: startedAt!, program: "node", mark, uid: process.getuid!() });
		expect(await world.status()).toMatchObject({ state: "stopped", orphans: [] });
		expect([(await world.stop()).stopped, await isRunning(child.pid!)]).toEqual([[], true]);
	});

	it("finds what has no record any more by its mark", async () => {
		const world = await backendWorld(two);
		await world.start();
		process.kill(await recordedPid(world.place, "supervisor"), "SIGKILL");
		await rm(join(world.place.directory, "run", "broker-0.json"));
		await world.stop();
		await until(async () => (await ours(world)).length === 0);
		expect(await ours(world)).toEqual([]);
	});

	it("leaves no supervisor behind that cannot be put on record", async () => {
		const world = await backendWorld(two);
		const processes: Processes = {
			...systemProcesses,
			async find() {
				processes.find = (pid) => systemProcesses.find(pid);
				throw new Error("the system does not tell its start");
			},
		};
		const start = startBackend({ ...world.ports, processes }, world.place, { generate: false });
		await expect(start).rejects.toThrow("the system does not tell its start");
		expect(await ours(world)).toEqual([]);
	});

	it("touches nothing of a record that cannot be read, and stops the others", async () => {
		const world = await backendWorld(two);
		const { report } = await world.start();
		const file = join(world.place.directory, "run", "broker-0.json");
		const text = await readFile(file, "utf8");
		await writeFile(file, "{}");
		await world.stop().catch(() => {});
		expect(await isRunning(report.servers[1]!.pid!)).toBe(false);
		await writeFile(file, text);
	});
});

describe("kill -9", () => {
	it("of the command in the middle of a start leaves a backend that can be seen and stopped", async () => {
		const world = await backendWorld(two);
		const command = [BIN, "backend", "start", world.place.file];
		const child = spawn(process.execPath, command, { stdio: "ignore" });
		await until(async () => (await records(world)).includes("broker-0.json"));
		child.kill("SIGKILL");
		await until(async () => (await world.status()).healthy);
		expect(await world.status()).toMatchObject({ state: "up", healthy: true });
		expect((await world.stop()).stopped).toHaveLength(3);
		expect(await ours(world)).toEqual([]);
	});
});
