import { once } from "node:events";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { assertPortsFree, holderText } from "../../src/control/port-holder.ts";
import { listenersIn, systemPorts, type TakenPort } from "../../src/system/ports.ts";
import type { Shell } from "../../src/system/shell.ts";

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1C41 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1
   1: 0100007F:1C41 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1
   2: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1
`;
const answering = (stdout: string): Shell => ({ run: async () => ({ exitCode: 0, stdout, stderr: "" }) });
const taken = (holder?: TakenPort["holder"]): TakenPort => ({
	port: 1,
	host: "::1",
	code: "EADDRINUSE",
	...(holder ? { holder } : {}),
});

it("finds who listens, and not who is connected", () => {
	expect(listenersIn(TABLE, 7233)).toEqual([{ inode: "4711", user: 1000 }]);
	expect(listenersIn(TABLE, 9000)).toEqual([]);
});

it.each(["127.0.0.1", "::1"])("sees a port of %s that is held, by whom, and that it is free again", async (host) => {
	const server = createServer().listen(0, host);
	await once(server, "listening");
	const { port } = server.address() as { port: number };
	const held = await systemPorts.taken(port);
	expect(held).toMatchObject({ port, host, code: "EADDRINUSE", holder: { pid: process.pid } });
	const name = await holderText({ shell: answering(""), platform: "linux" }, held!);
	expect(name).toMatch(new RegExp(`^\\S.* \\(pid ${process.pid}\\)$`));
	server.close();
	await once(server, "close");
	expect(await systemPorts.taken(port)).toBeUndefined();
});

it("says as much of the holder as the system tells", async () => {
	const text = (platform: NodeJS.Platform, stdout: string, holder?: TakenPort["holder"]) =>
		holderText({ shell: answering(stdout), platform }, taken(holder));
	expect(await text("linux", "", { user: 33 })).toBe("a program of user 33");
	expect(await text("darwin", "")).toBe("another program");
	expect(await text("win32", '{"OwningProcess":4,"ProcessName":"System"}\r\n')).toBe("System (pid 4)");
	expect(await text("win32", '{"OwningProcess":9,"ProcessName":null}\r\n')).toBe("a program (pid 9)");
	expect(await text("win32", "not JSON")).toBe("another program");
});

it("names a port that nobody may have", async () => {
	const ports = { taken: async (port: number) => ({ port, host: "127.0.0.1", code: "EACCES" }) };
	const free = assertPortsFree({ ports, shell: answering(""), platform: "linux" }, { name: "api", ports: [80] });
	await expect(free).rejects.toMatchObject({ message: "port 80 of api cannot be had: EACCES at 127.0.0.1" });
});
