import { describe, expect, it } from "vitest";
import { startApi } from "./api-process.ts";
import { silentServer } from "./fakes.ts";

const environment = {
	API_ROLE: "control",
	API_HOST: "127.0.0.1",
	API_OPEN_ON_LOOPBACK: "1",
	API_PORT: "0",
	TEMPORAL_ADDRESS: "127.0.0.1:1",
	MINIO_ENDPOINT: "127.0.0.1:1",
	MINIO_ACCESS_KEY: "access-key-sentinel",
	MINIO_SECRET_KEY: "secret-key-sentinel",
};

describe("the api as a process", () => {
	it("starts before its dependencies do, answers, tells no key, and ends on SIGTERM", async () => {
		await using api = await startApi(environment);
		const answer = await fetch(`${await api.origin()}/health`);
		expect([answer.status, await answer.json()]).toMatchObject([
			503,
			{ role: "control", temporal: "down", minio: "down" },
		]);
		const refused = await fetch(`${await api.origin()}/api/transcriptions?query=a`);
		expect([refused.status, await refused.json()]).toEqual([
			500,
			{ detail: expect.stringContaining("the store at http://127.0.0.1:1/cres") },
		]);
		const told = Date.now();
		api.kill("SIGTERM");
		expect([await api.exit, Date.now() - told < 2_000]).toEqual([0, true]);
		expect(api.lines.join("\n")).not.toContain("sentinel");
		expect(api.lines.map((line) => JSON.parse(line).message)).toEqual([
			"api listens",
			"health",
			"a request failed",
			"request",
			"SIGTERM: finishing the requests under way",
			"api stopped",
		]);
	}, 30_000);

	it("finishes what is under way when told to stop, and takes nothing new", async () => {
		await using silent = await silentServer();
		await using api = await startApi({ ...environment, TEMPORAL_ADDRESS: silent.address });
		const origin = await api.origin();
		await fetch(`${origin}/openapi.json`);
		const asked = fetch(`${origin}/health`);
		await expect.poll(() => silent.connections()).toBeGreaterThan(0);
		api.kill("SIGTERM");
		await expect.poll(() => api.lines.join("\n")).toContain("SIGTERM");
		await expect(fetch(`${origin}/health`)).rejects.toThrow("fetch failed");
		expect((await asked).status).toBe(503);
		const answered = Date.now();
		expect([await api.exit, Date.now() - answered < 2_000]).toEqual([0, true]);
	}, 30_000);

	it.each([
		["", "missing environment: API_ROLE"],
		["gpu", 'wrong environment: API_ROLE="gpu" (expected control or compute)'],
	])(
		"does not start in the role %j, and says so in one line",
		async (role, message) => {
			await using api = await startApi({ ...environment, API_ROLE: role });
			expect(await api.exit).toBe(1);
			expect(api.lines.map((line) => JSON.parse(line).message)).toEqual([message]);
		},
		20_000,
	);

	it("says which port is taken, and exits 1", async () => {
		await using silent = await silentServer();
		await using api = await startApi({ ...environment, API_PORT: silent.address.split(":")[1]! });
		expect(await api.exit).toBe(1);
		expect(api.lines).toEqual([expect.stringContaining(`EADDRINUSE: address already in use ${silent.address}`)]);
	}, 20_000);
});
