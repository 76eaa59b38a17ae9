import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { fetchWithCa } from "../../src/store/fetch-with-ca.ts";
import { CERTIFICATE, serve } from "../support/loopback-server.ts";

const send = async () => fetchWithCa(await readFile(CERTIFICATE, "utf8"));

it.each([600, 999])("rejects an answer with status %i", async (status) => {
	const { origin } = await serve(() => ({ status }), { tls: true });
	await expect((await send())(new Request(origin), undefined)).rejects.toThrow(RangeError);
});

it("asks once more, on a new connection, where kept ones are closed as they are used again", async () => {
	const used = new Map<unknown, number>();
	const { origin, asked } = await serve(
		(_asked, { socket }) => {
			used.set(socket, (used.get(socket) ?? 0) + 1);
			if (used.get(socket)! > 1) socket.destroy();
			return { status: 200, body: "ok" };
		},
		{ tls: true },
	);
	const fetchSigned = await send();
	const get = async () => (await fetchSigned(new Request(origin), undefined)).text();
	await Promise.all(Array.from({ length: 4 }, get));
	expect(used.size).toBe(4);
	expect(await get()).toBe("ok");
	expect([asked.length, used.size]).toEqual([6, 5]);
});

it("does not ask again where a new connection is closed", async () => {
	const { origin, asked } = await serve(
		(_asked, { socket }) => {
			socket.destroy();
			return undefined;
		},
		{ tls: true },
	);
	await expect((await send())(new Request(origin), undefined)).rejects.toMatchObject({ code: "ECONNRESET" });
	expect(asked).toHaveLength(1);
});
