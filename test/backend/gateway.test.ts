import { execFile } from "node:child_process";
import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { readBackendText } from "../../src/backend/config.ts";
import { drainedText, gatewayMark, gatewayText, markOf, type GatewayPlace } from "../../src/backend/gateway.ts";
import type { BackendSettings } from "../../src/backend/settings.ts";
import { NGINX, makePlace } from "../support/nginx.ts";
import { ROOT } from "../support/sources.ts";
import { SEED } from "./seed.ts";

function settings(text: string): BackendSettings {
	const read = readBackendText(text);
	if ("faults" in read) throw new Error(JSON.stringify(read.faults));
	return read.settings;
}

const PLACE: GatewayPlace = {
	directory: "/srv/app/.cres/backend/backend",
	logs: "/srv/app/.cres/backend/backend/logs",
};
const BALANCED = `
nginx: { port: 8000, host: "::1", worker_processes: auto, body_limit: 16m, read_timeout: 10, websocket_timeout: 60 }
servers:
  video-api: { port: 8101, instances: 3, modules: [control, transcriptions] }
  gpu_api: { port: 8201, modules: [compute] }
websocket: { routing_strategy: query_param, query_param_name: channel }
websocket_routes: { control: video-api, transcriptions: video-api, compute: gpu_api, core: gpu_api }
`;
const CASES: Record<string, { text: string; place?: Partial<GatewayPlace> }> = {
	seed: { text: SEED },
	balanced: { text: BALANCED },
	newer: { text: BALANCED, place: { version: "1.31.3", user: "root" } },
	smallest: { text: "nginx: { port: 8000 }\nservers: { api: { port: 8001 } }\n" },
};

describe("the text of a gateway", () => {
	it.each(Object.entries(CASES))("of %s is the golden file", async (name, { text, place }) => {
		const made = gatewayText(settings(text), { ...PLACE, ...place });
		await expect(made).toMatchFileSnapshot(`golden/${name}.conf`);
		expect(gatewayText(settings(text), { ...PLACE, ...place })).toBe(made);
	});

	it.each(Object.entries(CASES))("of %s is taken by nginx without a warning", async (name, { text, place }) => {
		const made = makePlace(await mkdtemp(join(tmpdir(), `cres 'gateway' ${name}-`)));
		const user = process.getuid?.() === 0 ? userInfo().username : undefined;
		const file = join(made.directory, "nginx.conf");
		await writeFile(file, gatewayText(settings(text), { ...place, ...made, user }));
		const { stderr } = await promisify(execFile)(NGINX, ["-t", "-c", file, "-p", made.directory]);
		expect(stderr).toContain("test is successful");
		expect(stderr).not.toMatch(/\[(warn|emerg|alert)\]/);
	});

	it.each(["a $dollar", "a \\back\\slash", 'a "quote" {port};'])(
		"is taken by nginx in a folder called %s",
		async (name) => {
			const made = makePlace(join(await mkdtemp(join(tmpdir(), "cres-gateway-")), name));
			const file = join(made.directory, "nginx.conf");
			await writeFile(file, gatewayText(settings(SEED), made));
			const { stderr } = await promisify(execFile)(NGINX, ["-t", "-c", file, "-p", made.directory]);
			expect(stderr).toContain("test is successful");
			expect(await readdir(made.logs)).toEqual(["nginx-access.log"]);
		},
	);

	it("is taken by nginx with modules that have the names of its own words", async () => {
		const made = makePlace(await mkdtemp(join(tmpdir(), "cres-gateway-")));
		const file = join(made.directory, "nginx.conf");
		const text = `nginx: { port: 8000 }
servers: { a: { port: 8001, modules: [default, include, hostnames, volatile] } }
websocket: { routing_strategy: query_param }
websocket_routes: { default: a, include: a, hostnames: a, volatile: a }
`;
		await writeFile(file, gatewayText(settings(text), made));
		const { stderr } = await promisify(execFile)(NGINX, ["-t", "-c", file, "-p", made.directory]);
		expect(stderr).toContain("test is successful");
	});

	it.each(Object.keys(CASES))("of %s has nothing that gixy warns of", async (name) => {
		const file = join(import.meta.dirname, `golden/${name}.conf`);
		const { stdout } = await promisify(execFile)(join(ROOT, ".cres/venv/bin/gixy"), [file]);
		expect(stdout).toContain("No issues found.");
	});

	it("carries a mark that changes with what it was made from", () => {
		const seed = settings(SEED);
		const text = gatewayText(seed, PLACE);
		expect(markOf(text)).toBe(gatewayMark(seed, PLACE));
		expect(gatewayMark(seed, { ...PLACE, user: "root" })).not.toBe(markOf(text));
		expect(gatewayMark({ ...seed, nginx: { ...seed.nginx, port: 8009 } }, PLACE)).not.toBe(markOf(text));
		expect(markOf("events {}\n")).toBeUndefined();
	});

	it("sends nothing to a port that is drained, and changes nothing else", () => {
		const text = gatewayText(settings(BALANCED), PLACE);
		const drained = drainedText(text, 8102);
		expect(drained.split("\n").filter((line) => !text.split("\n").includes(line))).toEqual([
			"        server 127.0.0.1:8102 fail_timeout=2s down;",
		]);
		expect(drained.replace(" down;", ";")).toBe(text);
	});

	it("hides no REST route with the path of a WebSocket that only a parameter names", () => {
		const text = gatewayText(settings(BALANCED), PLACE);
		expect(text.match(/location .*\/ws \{/g)?.every((line) => line.startsWith("location = "))).toBe(true);
		expect(gatewayText(settings(SEED), PLACE)).toContain("location /api/v1/broker/ws {");
	});

	it.each([
		["1.22.1", false],
		["1.27.3", false],
		["1.27.4", true],
		["1.31.3", true],
		["2.0.0", true],
	])("of nginx %s keeps idle connections while a worker is replaced: %s", (version, kept) => {
		expect(gatewayText(settings(SEED), { ...PLACE, version }).includes("keepalive_min_timeout")).toBe(kept);
	});
});
