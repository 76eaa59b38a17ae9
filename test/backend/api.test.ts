import { createHash } from "node:crypto";
import { request } from "node:http";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../support/sources.ts";
import { backendWorld } from "./world.ts";

const TOKEN = "cres_sentinel-token";
const BUILD = { buildId: "0123456789ab", version: "0.1.0", revision: "r", created: "2026-11-29T10:00:00Z" };
const SECRETS = {
	API_TOKENS: `ci:read:${createHash("sha256").update(TOKEN).digest("hex")}`,
	MINIO_ACCESS_KEY: "key-sentinel",
	MINIO_SECRET_KEY: "secret-sentinel",
};

/** The code that a WebSocket is answered with. */
const upgraded = (port: number, path: string, authorization?: string): Promise<number | undefined> =>
	new Promise((resolve) => {
		const headers = {
			connection: "Upgrade",
			upgrade: "websocket",
			"sec-websocket-version": "13",
			"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
			...(authorization === undefined ? {} : { authorization }),
		};
		const asked = request({ port, path, headers, host: "127.0.0.1" }).end();
		asked.on("upgrade", ({ statusCode }, socket) => {
			socket.destroy();
			resolve(statusCode);
		});
		asked.on("response", (response) => {
			response.destroy();
			resolve(response.statusCode);
		});
	});

it("the api of the images is two servers behind the gateway, and its tokens are passed on", async () => {
	const command = [process.execPath, join(ROOT, "images/api/main.ts"), "--build-info", "build.json"];
	const env = {
		...{ API_ROLE: "control", API_PORT: "{port}", API_HOST: "127.0.0.1" },
		...{ TEMPORAL_ADDRESS: "127.0.0.1:1", MINIO_ENDPOINT: "127.0.0.1:1" },
	};
	const common = { command, env, pass_env: Object.keys(SECRETS) };
	const world = await backendWorld(
		(first) => ({
			control: { ...common, port: first, modules: ["control"] },
			text: { ...common, port: first + 1, modules: ["transcriptions"] },
		}),
		{ websocket_routes: { control: "control", transcriptions: "text" }, health_timeout: 60 },
	);
	await writeFile(join(world.place.root, "build.json"), JSON.stringify(BUILD));
	Object.assign(process.env, SECRETS);
	try {
		await world.start();
	} finally {
		for (const name of Object.keys(SECRETS)) delete process.env[name];
	}
	const headers = { authorization: `Bearer ${TOKEN}` };
	const codes = async (path: string) => {
		const url = `http://127.0.0.1:${world.port}/api/v1/${path}`;
		return [(await fetch(url)).status, (await fetch(url, { headers })).status];
	};
	expect(await codes("core/health")).toEqual([200, 200]);
	expect(await codes("core/version")).toEqual([401, 200]);
	// Who may ask is told that the store is away.
	expect(await codes("transcriptions/search?query=a")).toEqual([401, 500]);
	expect(await codes("compute/engines")).toEqual([404, 404]);
	for (const path of ["control", "transcriptions"].map((module) => `/api/v1/${module}/ws`))
		expect([await upgraded(world.port, path), await upgraded(world.port, path, headers.authorization)]).toEqual([
			401, 101,
		]);
});
