import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { Restarted } from "../../src/backend/restart.ts";
import type { Started } from "../../src/backend/start.ts";
import type { BackendStatus } from "../../src/backend/status.ts";
import type { Stopped } from "../../src/backend/stop.ts";
import { documentedFields } from "../support/documented-json.ts";
import { pathWithNginx } from "../support/nginx.ts";
import { freePorts } from "../support/free-ports.ts";
import { ROOT } from "../support/sources.ts";
import { SEED } from "./seed.ts";
import { BIN } from "../support/built.ts";

const documented = await documentedFields();
const PATH = [join(ROOT, ".cres/venv/bin"), pathWithNginx()].join(delimiter);

interface Ran {
	code: number;
	stdout: string;
	stderr: string;
}

/** A folder with the seed's file, its ports moved to free ones, and an application for uvicorn; and the built cres in it. */
async function project(over: (text: string) => string = (text) => text) {
	const directory = await mkdtemp(join(tmpdir(), "cres-seed-"));
	await cp(join(import.meta.dirname, "../fixtures/seed-app"), directory, { recursive: true });
	const port = await freePorts(4);
	const moved = SEED.replace(/port: 800(\d)/g, (_, at) => `port: ${port + Number(at)}`);
	await writeFile(join(directory, "dev-config.yaml"), over(moved));
	const cres = (...args: string[]): Promise<Ran> =>
		new Promise((resolve) => {
			const options = { cwd: directory, env: { PATH, HOME: directory } };
			const argv = [BIN, "backend", ...args];
			execFile(process.execPath, argv, options, (error, stdout, stderr) =>
				resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
			);
		});
	/** What a command prints, which has the fields that the guide documents. */
	const json = async <T extends object>(command: string, ...args: string[]): Promise<T> => {
		const { stdout } = await cres(...command.split(" "), ...args, "--json");
		const printed = JSON.parse(stdout) as T;
		expect(Object.keys(printed).toSorted()).toEqual(documented.get(`backend ${command}`)?.toSorted());
		return printed;
	};
	onTestFinished(async () => void (await cres("stop", "--timeout", "1")));
	return { directory, port, cres, json };
}

/** What a WebSocket answers to a word. */
async function said(url: string, word: string): Promise<unknown> {
	const socket = new WebSocket(url);
	await once(socket, "open");
	socket.send(word);
	const [event] = (await once(socket, "message")) as [MessageEvent];
	socket.close();
	return JSON.parse(String(event.data));
}

it("the seed's deployment runs as it is written, through its own walkthrough", async () => {
	const { directory, port, cres, json } = await project();
	const at = `127.0.0.1:${port}/api/v1`;
	const started = await json<Started>("start");
	expect(started).toMatchObject({ outcome: "started", gateway: { made: "missing" } });
	expect(started.report.servers).toMatchObject([
		{ name: "broker-0", port: port + 1, modules: ["core", "broker"], fault: null },
		{ name: "datafeed-0", port: port + 2, modules: ["core", "datafeed"], fault: null },
	]);
	for (const url of [at, `127.0.0.1:${port + 1}/api/v1`, `127.0.0.1:${port + 2}/api/v1`])
		expect((await fetch(`http://${url}/core/health`)).status).toBe(200);
	for (const module of ["broker", "datafeed"]) {
		const answer = await fetch(`http://${at}/${module}/ping`, { headers: { authorization: "Bearer t" } });
		expect(await answer.json()).toMatchObject({ module, token: "Bearer t" });
		expect(await said(`ws://${at}/${module}/ws`, "hello")).toEqual({ module, said: "hello" });
	}
	expect((await json<BackendStatus>("status")).healthy).toBe(true);
	const restarted = await json<Restarted>("restart");
	expect(restarted.report.servers[0]!.pid).not.toBe(started.report.servers[0]!.pid);
	expect(await said(`ws://${at}/broker/ws`, "again")).toEqual({ module: "broker", said: "again" });
	const logs = await cres("logs", "--tail", "500");
	expect(logs.stdout).toMatch(/^broker-0 {10}>> \[[-\d: ]+\] \[INFO\] Uvicorn running on http:/m);
	expect(logs.stdout).toMatch(/^datafeed-0 {8}>> \[[-\d: ]+\] \[INFO\] Application startup complete\.$/m);
	expect(logs.stdout).toMatch(
		new RegExp(`^nginx {13}>> \\[[-\\d: ]+\\] \\[INFO\\] Gateway ready on port ${port}$`, "m"),
	);
	expect(await json("logs", "--tail", "1")).toEqual({ lines: [expect.any(String)] });
	expect((await cres("logs", "--server", "nginx-access")).stdout).toContain("/api/v1/datafeed/ws");
	expect(await json("logs clean")).toMatchObject({ emptied: expect.arrayContaining(["broker-0.log"]) });
	expect((await json<Stopped>("stop")).held).toEqual([]);
	expect((await cres("status")).code).toBe(3);
	expect(await readFile(join(directory, ".cres/backend/dev-config/nginx.conf"), "utf8")).toContain("broker_backend");
}, 120_000);

it("WebSockets find their module by a query parameter, too", async () => {
	const { port, json } = await project((text) =>
		text.replace('routing_strategy: "path"', "routing_strategy: query_param"),
	);
	await json<Started>("start");
	const url = `ws://127.0.0.1:${port}/api/v1/ws`;
	for (const module of ["broker", "datafeed"])
		expect(await said(`${url}?type=${module}&more=1`, "hello")).toEqual({ module, said: "hello" });
	for (const query of ["", "?type=core", "?type=broker/../x", "?kind=broker"]) {
		const none = await fetch(`${url.replace("ws:", "http:")}${query}`);
		expect([none.status, await none.json()]).toEqual([404, { detail: "Not Found" }]);
	}
}, 120_000);

it("the gateway's text is printed, written and checked under both names", async () => {
	const { directory, cres, json } = await project();
	const { stdout, code } = await cres("gateway", "--validate");
	expect([code, stdout.startsWith("# Made by cres backend.")]).toEqual([0, true]);
	expect(await json("gen-nginx-conf", "--validate")).toMatchObject({ valid: true });
	expect(await readFile(join(directory, "nginx-dev.conf"), "utf8")).toBe(stdout);
}, 120_000);
