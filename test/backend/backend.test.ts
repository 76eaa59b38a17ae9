import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { backendLines, cleanLogs } from "../../src/backend/logs.ts";
import { restartBackend } from "../../src/backend/restart.ts";
import { systemProcesses } from "../../src/system/processes.ts";
import { NGINX } from "../support/nginx.ts";
import { backendWorld, recordedPid, two, until, type Answer } from "./world.ts";

const isRunning = async (pid: number) => (await systemProcesses.find(pid)) !== undefined;
const RESTART = { generate: false, graceMs: 2_000 };

describe("a backend", () => {
	it("answers by module through its gateway, and is gone with its children after a stop", async () => {
		const world = await backendWorld(two);
		const { outcome, gateway, report } = await world.start();
		expect([outcome, gateway.made, report.phase]).toEqual(["started", "missing", "up"]);
		const answers = await Promise.all(["core", "broker", "datafeed"].map((one) => world.ask(`/api/v1/${one}/x?a=1`)));
		const [first, second] = report.servers;
		expect(answers).toMatchObject([
			{ pid: first!.pid, modules: "core,broker", path: "/api/v1/core/x?a=1" },
			{ pid: first!.pid, path: "/api/v1/broker/x?a=1" },
			{ pid: second!.pid, modules: "core,datafeed", path: "/api/v1/datafeed/x?a=1" },
		]);
		expect(await world.status()).toMatchObject({ state: "up", healthy: true });
		const pids = [report.pid, report.gateway.pid!, ...answers.flatMap(({ pid, child }) => [pid, child])];
		expect(await Promise.all(pids.map(isRunning))).toEqual(pids.map(() => true));
		expect(await world.stop()).toEqual({ stopped: ["broker-0", "datafeed-0", "nginx"], held: [] });
		expect(await Promise.all(pids.map(isRunning))).toEqual(pids.map(() => false));
		expect(await readdir(join(world.place.directory, "run"))).toEqual([]);
		expect(await world.stop()).toEqual({ stopped: [], held: [] });
		expect(await world.status()).toMatchObject({ state: "stopped", healthy: false, held: [] });
	});

	it("passes a token and a request id on, gives an id where there is none, and hides what it is", async () => {
		const world = await backendWorld(two);
		await world.start();
		const url = `http://127.0.0.1:${world.port}/api/v1/broker/x`;
		const given = await fetch(url, { headers: { authorization: "Bearer t", "x-request-id": "mine-1" } });
		expect(given.headers.get("x-request-id")).toBe("mine-1");
		expect(given.headers.get("server")).toBe("nginx");
		const { headers } = (await given.json()) as Answer;
		expect(headers).toMatchObject({
			authorization: "Bearer t",
			"x-request-id": "mine-1",
			"x-forwarded-for": "127.0.0.1",
			host: `127.0.0.1:${world.port}`,
		});
		const bad = await fetch(url, { headers: { "x-request-id": "a b;c" } });
		expect(bad.headers.get("x-request-id")).toMatch(/^[0-9a-f]{32}$/);
		const large = await fetch(url, { method: "POST", body: "x".repeat(1_100_000) });
		expect([large.status, await large.json()]).toEqual([
			413,
			{ detail: expect.stringContaining("body_limit") as string },
		]);
		const none = await fetch(`http://127.0.0.1:${world.port}/nothing`);
		expect([none.status, await none.json()]).toEqual([404, { detail: "Not Found" }]);
	});

	it("is left alone when it runs, and not when its settings have changed", async () => {
		const world = await backendWorld(two);
		const { report } = await world.start();
		const again = await world.start();
		expect([again.outcome, again.report.servers.map(({ pid }) => pid)]).toEqual([
			"reused",
			report.servers.map(({ pid }) => pid),
		]);
		await world.write({ nginx: { port: world.port, program: NGINX, body_limit: "2m" } });
		await expect(world.start()).rejects.toMatchObject({ code: "backend_running_differently" });
		expect(await world.status()).toMatchObject({ healthy: true });
	});

	it("gives a server the variables that pass_env names, and no other", async () => {
		const world = await backendWorld((first) => ({
			a: { port: first, modules: ["a"], env: { HOST_PORT: "{port}" }, pass_env: ["SECRET"] },
			b: { port: first + 1, modules: ["b"] },
		}));
		await expect(world.start()).rejects.toMatchObject({ code: "backend_env_missing" });
		process.env["SECRET"] = "sentinel-9";
		try {
			await world.start();
		} finally {
			delete process.env["SECRET"];
		}
		expect((await world.ask("/api/v1/a/x")).secret).toBe("sentinel-9");
		expect((await world.ask("/api/v1/b/x")).secret).toBeUndefined();
		const files = await readdir(world.place.directory, { recursive: true, withFileTypes: true });
		const texts = files.filter((one) => one.isFile()).map((one) => readFile(join(one.parentPath, one.name), "utf8"));
		expect((await Promise.all(texts)).join("\n")).not.toContain("sentinel-9");
	});

	it("starts a server again that ended, and its gateway", async () => {
		const world = await backendWorld(two);
		const { report } = await world.start();
		await fetch(`http://127.0.0.1:${world.port}/api/v1/broker/die`).catch(() => {});
		process.kill(report.gateway.pid!, "SIGKILL"); // its workers live, and hold its port
		await until(async () => (await world.status()).healthy);
		const after = await world.status();
		expect(after).toMatchObject({ healthy: true });
		expect(after.report!.servers).toMatchObject([
			{ restarts: 1, lastEnd: "exit 3" },
			{ restarts: 0, lastEnd: null },
		]);
		expect(after.report!.gateway).toMatchObject({ restarts: 1, lastEnd: "SIGKILL" });
	});
});

describe("a restart", () => {
	it("leaves the gateway and the supervisor up, and stops nothing for a file that is wrong", async () => {
		const world = await backendWorld(two);
		const { report } = await world.start();
		const restarted = await restartBackend(world.ports, world.place, RESTART);
		expect([restarted.how, restarted.report.pid, restarted.report.gateway.pid]).toEqual([
			"in-place",
			report.pid,
			report.gateway.pid,
		]);
		for (const [at, { pid }] of restarted.report.servers.entries()) expect(pid).not.toBe(report.servers[at]!.pid);
		await world.write({ nginx: {} });
		await expect(restartBackend(world.ports, world.place, RESTART)).rejects.toMatchObject({
			code: "backend_config_invalid",
		});
		expect(await world.status()).toMatchObject({ healthy: true });
	});

	it("of other settings is a stop and a start", async () => {
		const world = await backendWorld(two);
		const { report } = await world.start();
		await world.write({ nginx: { port: world.port, program: NGINX, body_limit: "2m" } });
		const restarted = await restartBackend(world.ports, world.place, RESTART);
		expect(restarted.how).toBe("whole");
		expect(restarted.report.pid).not.toBe(report.pid);
		expect(await readFile(world.place.gateway, "utf8")).toContain("client_max_body_size 2m;");
	});

	it("of several instances fails no request", async () => {
		const world = await backendWorld((first) => ({ api: { port: first, instances: 3, modules: ["jobs"] } }));
		const { report } = await world.start();
		const codes = new Map<number | string, number>();
		const seen = new Set<number>();
		let isOver = false;
		const caller = async (method: string) => {
			while (!isOver) {
				const response = await fetch(`http://127.0.0.1:${world.port}/api/v1/jobs/x`, { method }).catch(String);
				const code = typeof response === "string" ? response : response.status;
				codes.set(code, (codes.get(code) ?? 0) + 1);
				if (typeof response !== "string") seen.add(((await response.json()) as Answer).pid);
			}
		};
		const callers = ["GET", "POST", "GET", "POST"].map(caller);
		const restarted = await restartBackend(world.ports, world.place, RESTART);
		isOver = true;
		await Promise.all(callers);
		expect(restarted.how).toBe("in-place");
		expect(restarted.report.pid).toBe(report.pid);
		expect([...codes.keys()]).toEqual([200]);
		expect(seen.size).toBeGreaterThan(3);
		expect(await readFile(world.place.gateway, "utf8")).not.toContain(" down;");
	});
});

describe("the logs of a backend", () => {
	it("are one for each server and one of all, and can be followed and emptied while it runs", async () => {
		const world = await backendWorld(two);
		await world.start();
		const { logs } = world.place;
		const read = async (name: string) => readFile(join(logs, name), "utf8");
		expect(await read("broker-0.log")).toMatch(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] \[INFO\] child \d+\n/);
		expect(await read("backend-unified.log")).toMatch(/^datafeed-0 {8}>> \[[^\]]+\] \[INFO\] child \d+$/m);
		const over = new AbortController();
		const followed: string[] = [];
		const query = { tail: 0, follow: true, server: "broker", signal: over.signal };
		const following = (async () => {
			for await (const line of backendLines(world.place, query)) followed.push(line);
		})();
		await delay(300);
		expect((await cleanLogs(world.place)).emptied).toContain("backend-unified.log");
		expect(await read("broker-0.log")).toBe("");
		await restartBackend(world.ports, world.place, RESTART);
		await until(async () => followed.length > 0);
		over.abort();
		await following;
		expect(followed[0]).toMatch(/^broker-0 {10}>> .*child \d+$/);
		const lines = await Array.fromAsync(
			backendLines(world.place, { ...query, tail: 3, follow: false, server: "datafeed-0" }),
		);
		expect(lines.join("\n")).toContain(" >> ");
		const wrong = backendLines(world.place, { ...query, server: "brokr" }).next();
		await expect(wrong).rejects.toMatchObject({ code: "backend_unknown_server" });
	});
});

it("starts servers with reload again when a source changes, and not when a file is made", async () => {
	const world = await backendWorld((first) => ({
		a: { port: first, modules: ["a"], reload: true },
		b: { port: first + 1, modules: ["b"] },
	}));
	const { report } = await world.start();
	const pids = async () => (await world.status()).report!.servers.map(({ pid }) => pid);
	await writeFile(join(world.place.root, "openapi.json"), "{}");
	await delay(600);
	expect(await pids()).toEqual(report.servers.map(({ pid }) => pid));
	await writeFile(join(world.place.root, "model.py"), "x = 1\n");
	await until(async () => (await pids())[0] !== report.servers[0]!.pid && (await world.status()).healthy);
	const [a, b] = await pids();
	expect(a).not.toBe(report.servers[0]!.pid);
	expect(b).toBe(report.servers[1]!.pid);
	expect(await recordedPid(world.place, "a-0")).toBe(a);
});
