import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { freePorts } from "../support/free-ports.ts";

const PROGRAM = fileURLToPath(new URL("../../images/etc/health", import.meta.url));

interface Left {
	code: number;
	stdout: string;
	stderr: string;
}

const run = (port: number, ...args: string[]): Promise<Left> =>
	promisify(execFile)("sh", [PROGRAM, ...args], { env: { ...process.env, API_PORT: String(port) } }).then(
		({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
		({ code, stdout, stderr }: Left) => ({ code, stdout, stderr }),
	);

async function serve(port: number): Promise<AsyncDisposable> {
	const server = createServer((request, response) => response.end(`{"path":"${request.url}"}`)).listen(
		port,
		"127.0.0.1",
	);
	await once(server, "listening");
	return {
		[Symbol.asyncDispose]: async () => {
			server.closeAllConnections();
			server.close();
		},
	};
}

describe("the program that asks a container for its health", () => {
	it("prints what the api answers", async () => {
		const port = await freePorts(1);
		await using _server = await serve(port);
		expect(await run(port)).toMatchObject({ code: 0, stdout: '{"path":"/health"}\n' });
	});

	it("waits for an api that comes up meanwhile", async () => {
		const port = await freePorts(1);
		const asked = run(port, "20000");
		await new Promise((resolve) => setTimeout(resolve, 700));
		await using _server = await serve(port);
		expect(await asked).toMatchObject({ code: 0, stdout: '{"path":"/health"}\n' });
	});

	it("says why nobody answers, at once without a time to wait and else after it", async () => {
		const port = await freePorts(1);
		const refused = { code: 1, stdout: "", stderr: expect.stringContaining("ECONNREFUSED") as string };
		expect(await run(port)).toMatchObject(refused);
		const started = performance.now();
		expect(await run(port, "600")).toMatchObject(refused);
		expect(performance.now() - started).toBeGreaterThan(600);
	});
});
