import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { withinBounds } from "../../../images/worker/bounds.ts";
import { AMPLE } from "../activities/ample.ts";
import { serve } from "../../support/web-server.ts";
import { ETC, startedSpawner } from "./started-spawner.ts";

const isRoot = process.getuid!() === 0;
/** Who is nobody special cannot start programs as somebody else. */
const refused = async (): Promise<boolean> => {
	if (isRoot) return false;
	await expect(startedSpawner()).rejects.toThrow("EPERM");
	return true;
};
const never = new AbortController().signal;
const PYTHON = "/usr/bin/python3";

let spawner: Awaited<ReturnType<typeof startedSpawner>>;
/** Somebody on loopback whom no program may reach; `reached`: what it was told. */
let forbidden: Server;
let reached = 0;
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

beforeAll(async () => {
	forbidden = createServer((socket: Socket) => {
		reached++;
		socket.on("error", () => {}).end("forbidden");
	}).listen(0, "::");
	await once(forbidden, "listening");
	if (isRoot) spawner = await startedSpawner();
});
beforeEach(() => {
	reached = 0;
});
afterAll(async () => {
	forbidden.close();
	if (isRoot) await spawner[Symbol.asyncDispose]();
});

/** A proxy that says so to whoever connects. */
async function openProxy() {
	const server = createServer((socket) => void socket.on("error", () => {}).end("proxy")).listen(0, "127.0.0.1");
	await once(server, "listening");
	return { proxy: `http://127.0.0.1:${portOf(server)}`, [Symbol.asyncDispose]: async () => void server.close() };
}
const run = (file: string, args: string[], proxy?: string) =>
	spawner.run(file, args, { directory: spawner.home, signal: never, proxy });
const python = (script: string, proxy?: string) => run(PYTHON, ["-c", `import socket, sys\n${script}`], proxy);

const connects = (address: string, timeout: string): string =>
	`s = socket.create_connection((${JSON.stringify(address)}, ${portOf(forbidden)}), ${timeout}); print(s.recv(100).decode())`;

describe("A7: what a program of a download connects", () => {
	it.each([
		["127.0.0.1", "None"],
		["127.0.0.1", "5"],
		["::1", "5"],
	])("leads to its proxy, although it asks for %s (timeout %s)", async (address, timeout) => {
		if (await refused()) return;
		await using opened = await openProxy();
		expect(await python(connects(address, timeout), opened.proxy)).toMatchObject({ stdout: "proxy", stderr: "" });
		expect(reached).toBe(0);
	});

	it("leads there from what it starts too: a shell, and ffmpeg that was told of no proxy", async () => {
		if (await refused()) return;
		await using opened = await openProxy();
		const port = portOf(forbidden);
		const script = `exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3; ffmpeg -v error -i tcp://127.0.0.1:${port} -f null -`;
		const { stdout, stderr } = await run("setsid", ["--wait", "bash", "-c", script], opened.proxy);
		expect(stdout).toBe("proxy");
		expect(stderr).toContain("Invalid data found");
		expect(reached).toBe(0);
	});

	it("fails where the proxy has gone", async () => {
		if (await refused()) return;
		const opened = await openProxy();
		await opened[Symbol.asyncDispose]();
		const { stderr } = await python(connects("127.0.0.1", "5"), opened.proxy);
		expect(stderr).toContain("ConnectionRefusedError");
	});

	it("is TCP that it opens itself: no datagram, no name, no other family or protocol, no early data", async () => {
		if (await refused()) return;
		await using opened = await openProxy();
		const script = `
def refused(*work):
    try:
        work[0](*work[1:])
    except PermissionError:
        return
    print(work, "was not refused")
inet, stream = socket.AF_INET, socket.SOCK_STREAM
for kind in ((inet, socket.SOCK_DGRAM), (socket.AF_INET6, socket.SOCK_DGRAM), (inet, stream, 262), (inet, stream, 132),
             (inet, socket.SOCK_RAW, 1), (socket.AF_UNIX, stream), (socket.AF_NETLINK, socket.SOCK_RAW), (40, stream)):
    refused(socket.socket, *kind)
to = ("127.0.0.1", ${portOf(forbidden)})
refused(socket.socket().sendto, b"x", socket.MSG_FASTOPEN, to)
refused(socket.socket().sendmsg, [b"x"], [], socket.MSG_FASTOPEN, to)
refused(socket.socket().listen)
try:
    socket.getaddrinfo("localhost.example", 80)
except socket.gaierror:
    print("no name")`;
		expect(await python(script, opened.proxy)).toMatchObject({ stdout: "no name", stderr: "" });
		expect(reached).toBe(0);
	});

	it("is nothing at all where it has no proxy", async () => {
		if (await refused()) return;
		const { exitCode, stderr } = await python(connects("127.0.0.1", "5"));
		expect([exitCode, stderr]).toEqual([1, expect.stringContaining("PermissionError")]);
		expect(reached).toBe(0);
	});

	it("carries whole files through the egress proxy of a job", async () => {
		if (await refused()) return;
		await using media = await serve((_request, response) => void response.end(Buffer.alloc(20_000_000, "x")));
		const script = `import urllib.request; print(len(urllib.request.urlopen("${media.origin}/file", timeout=30).read()))`;
		const bounds = { ...AMPLE, maxBytes: 30_000_000 };
		const stdout = await withinBounds(bounds, { directory: spawner.home, signal: never }, async (bounded) => {
			const answer = await spawner.run(PYTHON, ["-c", script], { directory: spawner.home, ...bounded });
			return answer.stdout + answer.stderr;
		});
		expect(stdout).toBe("20000000");
	});
});

describe("the spawner", () => {
	it("says what holds the programs", async () => {
		if (await refused()) return;
		expect(spawner.said()).toBe("spawner: programs of downloads are held to the proxy of their job (seccomp)\n");
	});

	it("falls back to Python's own events where the kernel refuses, says so, and runs programs all the same", async () => {
		if (await refused()) return;
		// A kernel or runtime that knows no seccomp(2), as far as a program can see.
		const without = `
import os, sys
sys.path.insert(0, ${JSON.stringify(ETC)})
import confine
number = confine.MACHINES[os.uname().machine][1]["seccomp"]
refuse = (confine.RETURN, 0, 0, confine.FAIL | 38)
confine.filter_of = lambda *_: [(confine.LOAD, 0, 0, confine.NUMBER), *confine.when(number, refuse), (confine.RETURN, 0, 0, confine.ALLOW)]
confine.confine(False)
os.execv(sys.executable, [sys.executable, "-I", "-S", *sys.argv[1:]])`;
		await using old = await startedSpawner(["-B", "-c", without]);
		expect(old.said()).toBe(
			"spawner: programs of downloads are not held to the proxy of their job: yt-dlp is by Python alone, ffmpeg is only told of it: seccomp: Function not implemented\n",
		);
		await using opened = await openProxy();
		const options = { directory: old.home, signal: never, variables: { https_proxy: opened.proxy } };
		const script = (text: string) =>
			old.run(PYTHON, ["-c", `import socket\n${text}`], { ...options, proxy: opened.proxy });
		const direct = await script(connects("127.0.0.1", "5"));
		expect(direct.stderr).toContain(`PermissionError: only the proxy may be connected to, not ('127.0.0.1', `);
		const udp = `socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", ${portOf(forbidden)}))`;
		expect((await script(udp)).stderr).toContain("PermissionError");
		expect((await script(`socket.gethostbyname("example.com")`)).stderr).toContain("PermissionError");
		const through = `s = socket.create_connection(("127.0.0.1", ${new URL(opened.proxy).port}), 5); print(s.recv(100).decode())`;
		expect(await script(through)).toMatchObject({ stdout: "proxy", stderr: "" });
		expect(reached).toBe(0);
	});
});
