import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { createExchange } from "../../src/store/exchange.ts";
import { readBytes } from "../../src/system/limits.ts";
import { CERTIFICATE, serve } from "../support/loopback-server.ts";

/** Of an answer of ten bytes. */
const HALF = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf";

describe.each([{ tls: true }, { tls: false }])("requests of the object store, with TLS: $tls", ({ tls }) => {
	const open = async () => createExchange(tls, tls ? await readFile(CERTIFICATE, "utf8") : undefined);
	const request = (origin: string) => ({
		...{ url: new URL(origin), method: "GET", headers: {}, body: "" },
		signal: AbortSignal.timeout(10_000),
	});

	it("are sent once more, on a new connection, where kept ones are closed as they are used again", async () => {
		const used = new Map<unknown, number>();
		const { origin, asked } = await serve(
			(_asked, { socket }) => {
				used.set(socket, (used.get(socket) ?? 0) + 1);
				if (used.get(socket)! > 1) socket.destroy();
				return { status: 200, body: "ok" };
			},
			{ tls },
		);
		const exchange = await open();
		const get = async () => String(await readBytes(await exchange(request(origin)), 100));
		await Promise.all(Array.from({ length: 4 }, get));
		expect(used.size).toBe(4);
		expect(await get()).toBe("ok");
		expect([asked.length, used.size]).toEqual([6, 5]);
	});

	it("are not sent again where a new connection is closed", async () => {
		const { origin, asked } = await serve(
			(_asked, { socket }) => {
				socket.destroy();
				return undefined;
			},
			{ tls },
		);
		await expect((await open())(request(origin))).rejects.toMatchObject({ code: "ECONNRESET" });
		expect(asked).toHaveLength(1);
	});

	it("end with their signal in the middle of the body", async () => {
		const { origin } = await serve((_asked, { socket }) => void socket.write(HALF), { tls });
		const stopped = new AbortController();
		const answer = await (await open())({ ...request(origin), signal: stopped.signal });
		setTimeout(() => stopped.abort(new Error("no more")), 20);
		await expect(readBytes(answer, 100)).rejects.toThrow("no more");
	});
});
