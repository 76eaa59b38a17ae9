import { once } from "node:events";
import { readdirSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { MODULES, modulesIn } from "../../../images/api/modules/all.ts";
import { importsOf, readSources } from "../../support/sources.ts";
import { startApi } from "./api-process.ts";
import { testApp, type TestAppOptions } from "./fakes.ts";

const FOLDER = join(import.meta.dirname, "../../../images/api/modules");

/** Codes of routes of the api with these modules. */
async function codes(options: TestAppOptions, ...paths: string[]): Promise<number[]> {
	const { app } = testApp(options);
	return Promise.all(paths.map(async (url) => (await app.inject({ url })).statusCode));
}

async function listening(options: TestAppOptions = {}) {
	const { app } = testApp(options);
	const origin = await app.listen({ host: "127.0.0.1", port: 0 });
	onTestFinished(() => app.close());
	return origin.replace("http:", "ws:");
}

/** A WebSocket that is open, and its messages. */
async function open(url: string) {
	const socket = new WebSocket(url);
	const messages: unknown[] = [];
	socket.addEventListener("message", ({ data }) => messages.push(JSON.parse(String(data))));
	onTestFinished(() => socket.close());
	await once(socket, "open");
	return { socket, messages };
}

describe("the modules of the api", () => {
	it("are its folders, and none imports another", async () => {
		const folders = readdirSync(FOLDER, { withFileTypes: true }).filter((one) => one.isDirectory());
		expect(folders.map(({ name }) => name).toSorted()).toEqual(MODULES.map(({ name }) => name).toSorted());
		const imports = (await readSources("images/api/modules")).flatMap(importsOf);
		const between = imports.filter(({ file, target }) => {
			const [from, to] = [file, target].map((path) => /^images\/api\/modules\/(\w+)\//.exec(path)?.[1]);
			return from !== undefined && to !== undefined && from !== to;
		});
		expect(between).toEqual([]);
	});

	it("are plugged in by a folder alone", async () => {
		const folder = await mkdtemp(join(tmpdir(), "cres-modules-"));
		const write = async (name: string, text: string) => {
			await mkdir(join(folder, name));
			await writeFile(join(folder, name, "module.ts"), text);
		};
		await write("jobs", 'export default { name: "jobs", roles: ["control"] };');
		await write("core", 'export default { name: "core", roles: ["control"] };');
		await writeFile(join(folder, "all.ts"), "");
		const url = pathToFileURL(`${folder}/`);
		expect((await modulesIn(url)).map(({ name }) => name)).toEqual(["core", "jobs"]);
		await write("inference", 'export default { name: "infer", roles: ["compute"] };');
		await expect(modulesIn(url)).rejects.toThrow("inference/module.ts holds the module infer: name its folder so");
	});

	it("are all of the role where none is named", async () => {
		const asked = ["core/health", "core/version", "compute/engines", "transcriptions/search?query=a"];
		const paths = asked.map((path) => `/api/v1/${path}`);
		expect(await codes({ role: "control" }, ...paths)).toEqual([200, 200, 404, 200]);
		expect(await codes({ role: "compute" }, ...paths)).toEqual([200, 200, 200, 200]);
	});

	it("are core and those that are named", async () => {
		const { app } = testApp({ modules: ["transcriptions"] });
		expect((await app.inject("/api/v1/core/health")).json()).toEqual({
			status: "ok",
			modules: ["core", "transcriptions"],
		});
		const post = (url: string) => app.inject({ method: "POST", url, payload: { query: "a" } });
		expect((await post("/api/v1/control/batch")).statusCode).toBe(404);
		expect((await post("/batch")).statusCode).toBe(404);
		expect(await codes({ modules: ["control"] }, "/api/transcriptions?query=a", "/health")).toEqual([404, 200]);
	});

	it("do the same below their prefix as without it", async () => {
		const { app, temporal } = testApp();
		const payload = { url: "http://media.test/speech.mp4" };
		const post = (url: string) => app.inject({ method: "POST", url, payload });
		const answers = await Promise.all([post("/process"), post("/api/v1/control/process")]);
		expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
		expect(temporal.executions.size).toBe(1);
	});

	it("show the description of all routes below core, by a page that loads nothing from elsewhere", async () => {
		const { app } = testApp();
		const page = await app.inject("/api/v1/core/docs");
		const loaded = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
		expect(loaded.length).toBeGreaterThan(3);
		for (const address of loaded) {
			const path = new URL(address, "http://localhost/api/v1/core/docs").pathname;
			expect([path, (await app.inject(path)).statusCode]).toEqual([
				expect.stringMatching(/^\/api\/v1\/core\/docs\//),
				200,
			]);
		}
		const { paths } = (await app.inject("/api/v1/core/openapi.json")).json<{ paths: object }>();
		expect(Object.keys(paths)).toContain("/api/v1/control/process");
	});

	it("ask for the same token", async () => {
		const access = { open: false, tokens: [] };
		const paths = ["core/health", "core/version", "transcriptions/search?query=a", "control/ws"];
		expect(await codes({ access }, ...paths.map((path) => `/api/v1/${path}`))).toEqual([200, 401, 401, 401]);
		const socket = new WebSocket(`${await listening({ access })}/api/v1/core/ws`);
		await once(socket, "error");
		expect(socket.readyState).toBe(WebSocket.CLOSED);
	});
});

describe("the WebSocket of a module", () => {
	it.each([
		["http://localhost:5173", 101],
		["http://127.0.0.1:8000", 101],
		["https://evil.test", 403],
		["http://localhost.evil.test", 403],
		["null", 403],
	])("without tokens is open to pages from %s: %i", async (origin, expected) => {
		const { port, hostname } = new URL(await listening());
		const asked = request({
			port,
			hostname,
			path: "/api/v1/core/ws",
			headers: {
				connection: "Upgrade",
				upgrade: "websocket",
				origin,
				"sec-websocket-version": "13",
				"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
			},
		}).end();
		const status = await new Promise((resolve) => {
			asked.on("upgrade", ({ statusCode }, socket) => {
				socket.destroy();
				resolve(statusCode);
			});
			asked.on("response", ({ statusCode }) => resolve(statusCode));
		});
		asked.destroy();
		expect(status).toBe(expected);
	});

	it.each([
		[
			"core",
			{ modules: ["core", "control", "transcriptions"], buildId: "0123456789ab", version: "0.1.0", role: "control" },
		],
		["control", { temporal: "ok", minio: "ok" }],
		["transcriptions", { minio: "ok" }],
	])("%s tells its state, and answers a ping", async (module, state) => {
		const { socket, messages } = await open(`${await listening()}/api/v1/${module}/ws`);
		socket.send(JSON.stringify({ type: "ping", id: 7 }));
		await expect.poll(() => messages).toHaveLength(2);
		expect(messages).toContainEqual({ type: "state", module, state });
		expect(messages).toContainEqual({ type: "pong", id: 7 });
	});

	it("compute tells of the engines", async () => {
		const { messages } = await open(`${await listening({ role: "compute" })}/api/v1/compute/ws`);
		await expect
			.poll(() => messages)
			.toEqual([{ type: "state", module: "compute", state: { llama: "n/a", whisper: "n/a", pretended: false } }]);
	});

	it.each([
		["no JSON", "{", 1003],
		["another type", '{"type":"subscribe"}', 1003],
		["bytes", new Uint8Array([1]), 1003],
		["more than 64 KiB", "x".repeat(70_000), 1009],
	])("is closed after %s", async (_, message, code) => {
		const { socket } = await open(`${await listening()}/api/v1/core/ws`);
		socket.send(message);
		const [event] = (await once(socket, "close")) as [CloseEvent];
		expect(event.code).toBe(code);
	});
});

it.each([
	["broker,control", "names broker; with API_ROLE=control there are control, core, transcriptions"],
	["compute", "names compute; with API_ROLE=control there are control, core, transcriptions"],
])(
	"the api with ENABLED_MODULES=%s does not start",
	async (modules, message) => {
		await using api = await startApi({
			API_ROLE: "control",
			API_PORT: "0",
			ENABLED_MODULES: modules,
			TEMPORAL_ADDRESS: "127.0.0.1:1",
			MINIO_ENDPOINT: "127.0.0.1:1",
			MINIO_ACCESS_KEY: "a",
			MINIO_SECRET_KEY: "b",
		});
		expect(await api.exit).toBe(1);
		expect(api.lines.join("\n")).toContain(message);
	},
	30_000,
);
