import { execFile } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { connect, createServer as createTlsServer } from "node:tls";
import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { makeCertificates } from "../../src/smoke/certificates.ts";
import { FRONT_ARGUMENTS } from "../../src/smoke/front.ts";
import { describeReached, parseProbe, PROBE_ARGUMENTS, probeEnvironment, type Target } from "../../src/smoke/probe.ts";
import { clipAddress } from "../../src/smoke/clip.ts";
import { Readable } from "node:stream";

/** Runs the script as a container does. */
async function probe(targets: Target[], limitMs = 1_500) {
	const env = { PATH: process.env["PATH"], ...probeEnvironment(targets, limitMs) };
	const { stdout } = await promisify(execFile)(process.execPath, [...PROBE_ARGUMENTS], { env });
	return parseProbe(stdout.trim().split("\n"))!;
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => void server.close());
	return (server.address() as AddressInfo).port;
}

const certificates = makeCertificates(Date.now());
const { ca, server, client, serverName } = certificates;
const tlsServer = () => createTlsServer({ cert: server.cert, key: server.key.reveal(), ALPNProtocols: ["h2"] });

describe("the probe inside the network", () => {
	it("says the address that answers", async () => {
		const port = await listening(createServer((socket) => socket.end()));
		const target = { name: "store", host: "127.0.0.1", port };
		const reached = await probe([target]);
		expect(reached).toEqual([{ name: "store", ok: true, detail: "127.0.0.1", ms: expect.any(Number) }]);
		expect(describeReached([target], reached)[0]).toMatch(/^store at 127\.0\.0\.1:\d+ reached after \d+ ms$/);
	});

	it("waits for what answers later", async () => {
		const placeholder = createServer();
		const port = await listening(placeholder);
		await new Promise((resolve) => placeholder.close(resolve));
		const late = createServer((socket) => socket.end());
		onTestFinished(() => void late.close());
		// Both are asked at the same moment: the second listens only after the first was reached.
		const early = createServer((socket) => {
			socket.end();
			setTimeout(() => late.listen(port, "127.0.0.1"), 300);
		});
		const first = { name: "temporal", host: "127.0.0.1", port: await listening(early) };
		const [one, other] = await probe([first, { name: "store", host: "127.0.0.1", port }], 10_000);
		expect([one!.ok, other!.ok]).toEqual([true, true]);
		expect(other!.ms).toBeGreaterThan(one!.ms);
	});

	it.each<[string, Target, RegExp]>([
		["an empty address", { name: "t", host: "", port: 7233 }, /^it has no address$/],
		["a name that nobody resolves", { name: "t", host: "temporal.invalid", port: 7233 }, /ENOTFOUND|EAI_AGAIN/],
		["a closed port", { name: "t", host: "127.0.0.1", port: 9 }, /^127\.0\.0\.1: .*ECONNREFUSED/],
	])("names %s", async (_case, target, detail) => {
		const [reached] = await probe([target], 400);
		expect(reached).toMatchObject({ ok: false, detail: expect.stringMatching(detail) });
	});

	it("makes the handshake of TLS, and refuses another name and another CA", async () => {
		const port = await listening(tlsServer());
		const at = { name: "temporal", host: "127.0.0.1", port };
		expect((await probe([{ ...at, tls: { serverName, ca } }]))[0]!.ok).toBe(true);
		const [named] = await probe([{ ...at, tls: { serverName: "other.internal", ca } }], 400);
		expect(named).toMatchObject({ ok: false, detail: expect.stringContaining("other.internal") });
		const stranger = makeCertificates(Date.now()).ca;
		expect((await probe([{ ...at, tls: { serverName, ca: stranger } }], 400))[0]!.ok).toBe(false);
	});

	it("speaks the protocol of the server: a store has no HTTP/2", async () => {
		const { cert, key } = server;
		const store = createTlsServer({ cert, key: key.reveal(), ALPNProtocols: ["http/1.1"] });
		const at = { name: "store", host: "127.0.0.1", port: await listening(store) };
		const [h2, http] = await Promise.all([
			probe([{ ...at, tls: { serverName, ca } }], 400),
			probe([{ ...at, tls: { serverName, ca, protocol: "http/1.1" } }], 2_000),
		]);
		expect([h2[0]!.ok, http[0]!.ok]).toEqual([false, true]);
	});

	it("prints nothing that is taken for an answer when it cannot run", () => {
		expect(parseProbe(["exec /usr/bin/node: no such file", '{"name":"x"}'])).toBeUndefined();
	});
});

describe("the certificates", () => {
	const shake = async (options: object): Promise<string> => {
		const refused = Promise.withResolvers<string>();
		const mutual = createTlsServer(
			{ ca, cert: server.cert, key: server.key.reveal(), requestCert: true, rejectUnauthorized: true },
			(socket) => socket.end("hello"),
		).on("tlsClientError", (error) => refused.resolve(error.message));
		const port = await listening(mutual);
		const socket = connect({ host: "127.0.0.1", port, ca, servername: serverName, ...options });
		const said = new Promise<string>((resolve) => {
			socket.on("data", (data) => resolve(String(data))).on("error", ({ message }) => resolve(message));
		});
		return Promise.race([said, refused.promise]);
	};

	it("let a client in that has the one of its own, and nobody else", async () => {
		expect(await shake({ cert: client.cert, key: client.key.reveal() })).toBe("hello");
		expect(await shake({})).not.toBe("hello");
		const other = makeCertificates(Date.now()).client;
		expect(await shake({ cert: other.cert, key: other.key.reveal() })).not.toBe("hello");
		expect(await shake({ servername: "other", cert: client.cert, key: client.key.reveal() })).toContain("other");
	});

	it.each([-3_600_000, 3_600_000])("hold on a machine whose clock is %d ms off", async (skew) => {
		const skewed = makeCertificates(Date.now() + skew);
		const port = await listening(createTlsServer({ cert: skewed.server.cert, key: skewed.server.key.reveal() }));
		const socket = connect({ host: "127.0.0.1", port, ca: skewed.ca, servername: skewed.serverName });
		await once(socket, "secureConnect");
		socket.destroy();
	});

	it("end TLS before a server that speaks in clear", async () => {
		const target = await listening(createServer((socket) => socket.end("in clear")));
		const script = FRONT_ARGUMENTS[1]!.replace(
			".listen(7233)",
			'.listen(0, "127.0.0.1", function () { console.log(this.address().port); })',
		);
		const env = {
			...{ PATH: process.env["PATH"], FRONT_TARGET: `127.0.0.1:${target}`, FRONT_CA: ca },
			...{ FRONT_CERT: server.cert, FRONT_KEY: server.key.reveal() },
		};
		const child = execFile(process.execPath, ["-e", script], { env });
		onTestFinished(() => void child.kill());
		const [port] = (await once(child.stdout!, "data")) as [string];
		const way = { host: "127.0.0.1", port: Number(port), ca, servername: serverName };
		const socket = connect({ ...way, cert: client.cert, key: client.key.reveal() });
		expect(String((await once(socket, "data"))[0])).toBe("in clear");
	});
});

describe("the clip", () => {
	const none = () => Readable.from([]);

	it("has the address that its program prints", async () => {
		const stdout = Readable.from(["noise\nhttp://127.0.0.1:4711/clip.mp4\n"]);
		expect(await clipAddress(stdout, none(), new Promise(() => {}))).toBe("http://127.0.0.1:4711/clip.mp4");
	});

	it("that cannot be made is a failure with the program's words", async () => {
		const stderr = Readable.from(["Unknown encoder 'aac'\n"]);
		await expect(
			clipAddress(new Readable({ read() {} }), stderr, new Promise((resolve) => void setTimeout(resolve, 20, 1))),
		).rejects.toMatchObject({
			code: "smoke_clip",
			message: "the image could not make its clip: Unknown encoder 'aac'",
		});
	});
});
