import { expect, it } from "vitest";
import { readServerTime } from "../../src/registry/server-time.ts";
import { CERTIFICATE, serve, type Reply } from "../support/loopback-server.ts";

const timeOf = async (reply: Reply): Promise<number | undefined> => {
	const { origin } = await serve(() => reply, { sendDate: false });
	return readServerTime(new URL(origin), undefined);
};

it("reads a server's clock from any reply", async () => {
	const date = "Wed, 04 Mar 2026 12:00:00 GMT";
	expect(await timeOf({ status: 200, headers: { date } })).toBe(Date.UTC(2026, 2, 4, 12));
	expect(await timeOf({ status: 404, headers: { date } })).toBe(Date.UTC(2026, 2, 4, 12));
});

it("is sent on to where the server is now", async () => {
	const date = "Wed, 04 Mar 2026 12:00:00 GMT";
	const now = await serve(() => ({ status: 200, headers: { date } }), { sendDate: false });
	const before = { status: 307, headers: { location: now.origin } };
	expect(await timeOf(before)).toBe(Date.UTC(2026, 2, 4, 12));
});

it("knows no time where the server tells none", async () => {
	expect(await timeOf({ status: 200 })).toBeUndefined();
	expect(await timeOf({ status: 200, headers: { date: "soon" } })).toBeUndefined();
});

it("trusts the CA of the file, and only asks", async () => {
	const server = await serve(() => ({ status: 200 }), { tls: true });
	expect(await readServerTime(new URL(server.origin), CERTIFICATE)).toBeGreaterThan(Date.UTC(2026));
	expect(server.asked.map(({ method }) => method)).toEqual(["GET"]);
	await expect(readServerTime(new URL(server.origin), undefined)).rejects.toMatchObject({
		code: "DEPTH_ZERO_SELF_SIGNED_CERT",
	});
});
