import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseRange } from "../../../images/runtime/ranges.ts";
import { runProgram } from "../../../images/runtime/program.ts";
import { type Bounded, type Bounds, withinBounds } from "../../../images/worker/bounds.ts";
import { AMPLE } from "../activities/ample.ts";
import { failureOf } from "../activities/attempt.ts";
import { serve } from "../../support/web-server.ts";

let directory = "";
let media: Awaited<ReturnType<typeof serve>>;
/** What somebody reached who must not be reached. */
const reached: string[] = [];

beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), "cres-bounds-"));
	media = await serve((incoming, response) => {
		reached.push(`${incoming.method} ${incoming.url}`);
		const to = /^\/to\/(.*)$/.exec(incoming.url!)?.[1];
		if (to !== undefined) return void response.writeHead(302, { location: decodeURIComponent(to) }).end();
		if (incoming.url === "/echo") return void incoming.pipe(response);
		if (incoming.url === "/headers") return void response.end(JSON.stringify(incoming.headers));
		if (incoming.url !== "/endless") return void response.end("hello");
		const more = (): void => {
			while (response.write(Buffer.alloc(65_536)));
		};
		response.on("drain", more).on("error", () => {});
		more();
	});
});
afterAll(async () => {
	await media[Symbol.asyncDispose]();
	await rm(directory, { recursive: true });
});

/** Asks through the proxy, as curl and yt-dlp do, and follows redirects. */
async function get(url: string, { proxy }: Pick<Bounded, "proxy">, body?: string): Promise<string> {
	const { hostname: host, port } = new URL(proxy);
	const headers = { host: new URL(url).host, "proxy-authorization": "Basic eA==" };
	const asked = request({ host, port, path: url, method: body ? "POST" : "GET", headers, agent: false });
	asked.end(body);
	const [answer] = (await once(asked, "response")) as [import("node:http").IncomingMessage];
	const { location } = answer.headers;
	if (location === undefined) return `${answer.statusCode} ${await text(answer)}`;
	answer.resume();
	return get(location, { proxy });
}

async function tunnel(
	authority: string,
	{ proxy }: Pick<Bounded, "proxy">,
): Promise<{ answer: string; socket: Socket }> {
	const { hostname, port } = new URL(proxy);
	const socket = connect(Number(port), hostname);
	socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
	const [first] = (await Promise.race([once(socket, "data"), once(socket, "close").then(() => ["closed"])])) as [
		Buffer,
	];
	return { answer: String(first).split("\r\n")[0]!, socket };
}

const job = <T>(
	work: (bounded: Bounded) => Promise<T>,
	over: Partial<Bounds> = {},
	names: Record<string, string[][]> = {},
) =>
	withinBounds({ ...AMPLE, ...over }, { directory, signal: new AbortController().signal }, work, async (name) => {
		const answers = names[name];
		if (!answers) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND" });
		const addresses = answers.length > 1 ? answers.shift()! : answers[0]!;
		return addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
	});
/** Nothing but public addresses. */
const strict = { allow: [] };
const port = () => new URL(media.origin).port;
const refused = (message: RegExp) => ({
	type: "AddressRefused",
	retryable: false,
	message: expect.stringMatching(message),
});

describe("A7: what a job's programs reach", () => {
	it("is what was allowed, by name, literal, redirect, CONNECT and with a body, and no header of this hop", async () => {
		const names = { "media.test": [["127.0.0.1"]] };
		await job(
			async (bounded) => {
				expect(await get(`http://media.test:${port()}/a?b=c`, bounded)).toBe("200 hello");
				expect(await get(`${media.origin}/to/${encodeURIComponent(`${media.origin}/x`)}`, bounded)).toBe("200 hello");
				expect(await get(`${media.origin}/echo`, bounded, "body".repeat(20_000))).toBe(`200 ${"body".repeat(20_000)}`);
				expect(await get(`http://media.test:${port()}/headers`, bounded)).not.toContain("proxy-");
				expect(reached.at(-1)).toBe("GET /headers");
				const { answer, socket } = await tunnel(`media.test:${port()}`, bounded);
				expect(answer).toBe("HTTP/1.1 200 Connection established");
				socket.end("GET /tunnelled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
				expect(await text(socket)).toContain("hello");
			},
			{},
			names,
		);
	});

	it.each([
		[
			"loopback",
			() => `${media.origin}/secret`,
			/127\.0\.0\.1 is not a public address: loopback; EGRESS_ALLOW can permit it$/,
		],
		["the proxy's own address", (proxy: string) => `${proxy}/`, /loopback/],
		["a metadata server", () => "http://169.254.169.254/latest/meta-data/", /link-local, metadata/],
		["a LAN", () => "http://10.0.0.1/", /private; EGRESS_ALLOW/],
		["another notation", () => `http://2130706433:${port()}/`, /loopback/],
		["IPv6 loopback", () => `http://[::1]:${port()}/`, /loopback/],
		["IPv4 inside IPv6", () => `http://[::ffff:127.0.0.1]:${port()}/`, /loopback/],
		["a name that leads there", () => `http://inside.test:${port()}/`, /inside\.test \(127\.0\.0\.1\) is not/],
	])("is not %s, and the job ends with one line", async (_name, address, message) => {
		const before = reached.length;
		const names = { "inside.test": [["127.0.0.1"]] };
		expect(await failureOf(job((bounded) => get(address(bounded.proxy), bounded), { allow: [] }, names))).toEqual(
			refused(message),
		);
		expect(reached.length).toBe(before);
	});

	it("is only what is public of a name that has other addresses besides, as DNS64 gives", async () => {
		const allow = [parseRange("127.0.0.1")!];
		const names = { "half.test": [["10.0.0.1", "127.0.0.1"]] };
		const asking = job((bounded) => get(`http://half.test:${port()}/hello`, bounded), { allow }, names);
		expect(await asking).toBe("200 hello");
	});

	it("is not where a redirect leads, and not over CONNECT to a literal or a name", async () => {
		const allow = [parseRange("127.0.0.1")!];
		const metadata = encodeURIComponent("http://169.254.169.254/");
		const redirected = job((bounded) => get(`${media.origin}/to/${metadata}`, bounded), { allow });
		expect(await failureOf(redirected)).toEqual(refused(/^169\.254\.169\.254 is not a public address/));
		for (const authority of [`127.0.0.1:${port()}`, `[::1]:${port()}`, `inside.test:${port()}`]) {
			const before = reached.length;
			const connecting = job(
				async (bounded) => {
					const { answer } = await tunnel(authority, bounded);
					throw new Error(answer);
				},
				strict,
				{ "inside.test": [["127.0.0.1"]] },
			);
			expect(await failureOf(connecting)).toEqual(refused(/loopback/));
			expect(reached.length).toBe(before);
		}
	});

	it("is the very address that was checked: a name that leads elsewhere the second time is checked again", async () => {
		const rebinding = { "rebind.test": [["127.0.0.1"], ["127.0.0.2"]] };
		await failureOf(
			job(
				async (bounded) => {
					expect(await get(`http://rebind.test:${port()}/one`, bounded)).toBe("200 hello");
					throw new Error(await get(`http://rebind.test:${port()}/two`, bounded));
				},
				{ allow: [parseRange("127.0.0.1")!] },
				rebinding,
			),
		).then((failure) => expect(failure).toEqual(refused(/rebind\.test \(127\.0\.0\.2\)/)));
		expect(reached.at(-1)).toBe("GET /one");
	});

	it("is http alone, and a name that leads nowhere fails as such", async () => {
		await job(async (bounded) => {
			for (const url of ["https://media.test/", "ftp://media.test/", "file:///etc/passwd", "gopher://127.0.0.1/"])
				expect(await get(url, bounded)).toBe("400 only http addresses are forwarded\n");
			expect(await get("http://nowhere.test/", bounded)).toContain("502 getaddrinfo ENOTFOUND nowhere.test");
			expect((await tunnel("nonsense", bounded)).answer).toContain("502");
		});
	});
});

describe("A7: what a job's programs may take", () => {
	it("is bytes: an endless body ends with the job, over HTTP and in a tunnel", async () => {
		const started = Date.now();
		const small = { maxBytes: 2e6 };
		const plain = job((bounded) => get(`${media.origin}/endless`, bounded), small);
		const tunnelled = job(async (bounded) => {
			const { socket } = await tunnel(new URL(media.origin).host, bounded);
			socket.write("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n");
			return text(socket);
		}, small);
		const tooLarge = { type: "VideoTooLarge", retryable: false, message: "more than 2 MB were to be fetched" };
		expect(await Promise.all([plain, tunnelled].map(failureOf))).toEqual([tooLarge, tooLarge]);
		expect(Date.now() - started).toBeLessThan(5_000);
	});

	it("is seconds, and a program that does not end is ended", async () => {
		const run = job((bounded) => runProgram("sleep", ["60"], { directory, ...bounded }), { maxSeconds: 0.1 });
		expect(await failureOf(run)).toEqual({
			type: "DownloadTooSlow",
			retryable: false,
			message: "it took more than 0.1 s",
		});
	});

	it("is disk: nothing starts where too little is free, and what was written counts", async () => {
		const full = await failureOf(job(async () => "never", { minFreeBytes: 1e18 }));
		expect(full).toMatchObject({ type: "DiskFull", retryable: true });
		await writeFile(join(directory, "bomb"), Buffer.alloc(30_000));
		const bomb = await failureOf(job(async () => "never", { maxBytes: 10_000 }));
		expect(bomb).toMatchObject({ type: "VideoTooLarge", retryable: false });
		await rm(join(directory, "bomb"));
	});

	it("is disk in folders too, for a program's home is there; a link is not what it leads to", async () => {
		const cache = join(directory, ".cache/deep");
		await mkdir(cache, { recursive: true });
		await writeFile(join(cache, "hidden"), Buffer.alloc(30_000));
		const hidden = await failureOf(job(async () => "never", { maxBytes: 10_000 }));
		expect(hidden).toMatchObject({ type: "VideoTooLarge", message: "more than 0 MB were written" });
		expect(await job(async () => "fits", { maxBytes: 15_001 })).toBe("fits");
		await symlink(join(cache, "hidden"), join(directory, "link"));
		await symlink(directory, join(directory, "circle"));
		expect(await job(async () => "fits", { maxBytes: 15_500 })).toBe("fits");
		for (const name of [".cache", "link", "circle"]) await rm(join(directory, name), { recursive: true });
	});

	it("is told to every program by option and environment", async () => {
		const seen = await job((bounded) => runProgram("env", [], { directory, ...bounded }));
		expect(seen.stdout.match(/^https?_proxy=http:\/\/127\.0\.0\.1:\d+$/gim)).toHaveLength(4);
	});

	it("does not change how a job ends that is cancelled or fails by itself", async () => {
		const controller = new AbortController();
		const cancelled = withinBounds(AMPLE, { directory, signal: controller.signal }, ({ signal }) => {
			setTimeout(() => controller.abort(new Error("cancelled")), 20);
			return runProgram("sleep", ["60"], { directory, signal });
		});
		await expect(cancelled).rejects.toThrow("cancelled");
		await expect(job(() => Promise.reject(new Error("its own")))).rejects.toThrow("its own");
	});
});

/** Only root can become somebody else; who is nobody special has nobody to hide from but itself. */
const user = process.getuid!() === 0 ? 59_001 : undefined;

it("A8: a download program cannot read the keys of the worker that started it", async () => {
	const { spawn } = await import("node:child_process");
	const { chown } = await import("node:fs/promises");
	const home = await mkdtemp(join(tmpdir(), "cres-own-"));
	if (user !== undefined) await chown(home, user, user);
	const program = join(import.meta.dirname, "../../../images/runtime/program.ts");
	const script = `
		const { runProgram } = await import(${JSON.stringify(program)});
		const options = { directory: ${JSON.stringify(home)}, signal: new AbortController().signal, user: ${user} };
		const sees = "id -u; env; cat /proc/self/environ; cat /proc/$PPID/environ; echo written >out";
		console.log(JSON.stringify(await runProgram("sh", ["-c", sees], options)));
		process.exit();
	`;
	const env = { PATH: process.env["PATH"]!, MINIO_SECRET_KEY: "sentinel" };
	const worker = spawn(process.execPath, ["--input-type=module", "--eval", script], { env });
	const [said] = await Promise.all([text(worker.stdout), once(worker, "close")]);
	const { stdout, stderr } = JSON.parse(said) as { stdout: string; stderr: string };
	expect(stdout.split("\n")[0]).toBe(String(user ?? process.getuid!()));
	const isOther = user !== undefined;
	expect([stdout.includes("sentinel"), stderr.includes("denied")]).toEqual([!isOther, isOther]);
	expect(await readFile(join(home, "out"), "utf8")).toBe("written\n");
	await rm(home, { recursive: true });
});
