import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { boot, type BootReport } from "../../src/control/boot.ts";
import { status } from "../../src/control/status.ts";
import { stop } from "../../src/control/stop.ts";
import { systemProcesses } from "../../src/system/processes.ts";
import { web, webServer, worldsOfTest } from "../support/control-world.ts";
import { freePort } from "../support/free-ports.ts";
import { PLAIN_PERIMETER } from "../support/plain-perimeter.ts";

const open = worldsOfTest();
const outcomes = ({ services }: BootReport) => Object.fromEntries(services.map((row) => [row.service, row.outcome]));

describe("boot", () => {
	it("starts what is not ready, in order, and leaves alone what is", async () => {
		const [first, second] = [await freePort(), await freePort()];
		const { ports } = await open({
			front: web(second, { after: ["back"] }),
			back: web(first, { env: { WHO: "back" } }),
		});
		const report = await boot(ports, []);
		expect(report.services.map(({ service }) => service)).toEqual(["back", "front"]);
		expect(outcomes(report)).toEqual({ back: "started", front: "started" });
		const again = await boot(ports, []);
		expect(outcomes(again)).toEqual({ back: "untouched", front: "untouched" });
		expect(again.services.map(({ pid }) => pid)).toEqual(report.services.map(({ pid }) => pid));
		expect(await readFile(report.services[0]!.log!, "utf8")).toBe("listening as back\n");
	});

	it("refuses, before it starts anything, a plain server that docs/Perimeter.md does not allow", async () => {
		const port = await freePort();
		const { ports, root } = await open({ api: web(port) });
		const { config } = ports;
		const far = {
			temporal: { ...config.temporal, address: "203.0.113.7:7233" },
			store: { ...config.store, instance_endpoint: "10.8.0.1:9000" },
		};
		const plain = { ...ports, config: { ...config, ...far } };
		const refusal = boot(plain, ["api"]);
		await expect(refusal).rejects.toThrow(/203\.0\.113\.7:7233\) is plain[^]*10\.8\.0\.1:9000\) is plain/);
		await expect(refusal).rejects.toMatchObject({
			failures: [{ code: "plain_connection" }, { code: "plain_connection" }],
		});
		expect((await status(ports, [])).services[0]).toMatchObject({ state: "stopped" });
		await mkdir(join(root, "docs"));
		await writeFile(join(root, "docs", "Perimeter.md"), PLAIN_PERIMETER);
		expect(outcomes(await boot(plain, ["api"]))).toEqual({ api: "started" });
	});

	it("leaves alone what somebody else started, and stop does so too", async () => {
		const port = await freePort();
		const other = await open({ api: web(port) });
		await boot(other.ports, []);
		const { ports } = await open({ api: web(port) });
		expect(outcomes(await boot(ports, []))).toEqual({ api: "untouched" });
		expect((await status(ports, [])).services[0]).toMatchObject({ state: "ready", startedBy: "other", pid: null });
		const stopped = await stop(ports, []);
		expect(stopped.services[0]).toMatchObject({ outcome: "left" });
		expect(stopped.services[0]!.detail).toMatch(/^cres did not start it: port \d+ is held by node \(pid \d+\)$/);
		expect((await status(other.ports, [])).services[0]).toMatchObject({ state: "ready", startedBy: "cres" });
	});

	it("stops in reverse order what it started, and says what was stopped already", async () => {
		const [first, second] = [await freePort(), await freePort()];
		const { ports } = await open({ back: web(first), front: web(second, { after: ["back"] }) });
		await boot(ports, []);
		const stopped = await stop(ports, []);
		expect(stopped.services.map(({ service, outcome }) => [service, outcome])).toEqual([
			["front", "stopped"],
			["back", "stopped"],
		]);
		expect((await stop(ports, [])).services.map(({ outcome }) => outcome)).toEqual(["was-stopped", "was-stopped"]);
		expect((await status(ports, [])).services.map(({ state }) => state)).toEqual(["stopped", "stopped"]);
	});

	it("takes one service with what it waits for", async () => {
		const [first, second, third] = [await freePort(), await freePort(), await freePort()];
		const { ports } = await open({ a: web(first), b: web(second, { after: ["a"] }), c: web(third) });
		expect(outcomes(await boot(ports, ["b"]))).toEqual({ a: "started", b: "started" });
		await expect(boot(ports, ["bb"])).rejects.toMatchObject({ code: "unknown_service", hint: "did you mean b?" });
	});

	it("waits for an external one and never stops it", async () => {
		const port = await freePort();
		const other = await open({ api: web(port, { command: webServer(port, 600) }) });
		const { ports } = await open({ api: { external: true, ready: { tcp: `127.0.0.1:${port}` }, wait: "10s" } });
		const [theirs, ours] = await Promise.all([boot(other.ports, []), boot(ports, [])]);
		expect([outcomes(theirs), outcomes(ours)]).toEqual([{ api: "started" }, { api: "started" }]);
		expect((await stop(ports, [])).services[0]).toMatchObject({ outcome: "left", detail: "external" });
		expect((await status(other.ports, [])).notReady).toBe(0);
	});

	it("gives secrets by their names in .env, in the environment alone", async () => {
		const port = await freePort();
		const { ports } = await open({ api: web(port, { secrets: { WHO: "MINIO_ACCESS_KEY" } }) });
		const [row] = (await boot(ports, [])).services;
		expect(await readFile(row!.log!, "utf8")).toBe("listening as sentinel-key\n");
		expect(await readFile(`/proc/${row!.pid}/cmdline`, "utf8")).not.toContain("sentinel");
		const lacking = await open({ api: web(await freePort(), { secrets: { WHO: "NOT_THERE" } }) });
		expect((await boot(lacking.ports, [])).services[0]).toMatchObject({
			outcome: "failed",
			error: { code: "control_secret_missing" },
		});
	});

	it("simulates a restart of the machine: a record of before is nobody's, whatever has its pid", async () => {
		const port = await freePort();
		const { ports, record } = await open({ api: web(port) });
		const before = (await boot(ports, [])).services[0]!.pid!;
		const restarted = {
			...ports,
			processes: {
				...systemProcesses,
				find: async (pid: number) => {
					const found = await systemProcesses.find(pid);
					return found && { startedAt: found.startedAt?.replace(/^[^/]+/, "another-boot") };
				},
			},
		};
		await expect(stop(restarted, [])).resolves.toMatchObject({ services: [{ outcome: "left" }] });
		expect(await systemProcesses.find(before)).toBeDefined();
		await expect(readFile(record("api"), "utf8")).rejects.toMatchObject({ code: "ENOENT" });
		systemProcesses.kill(before);
	});
});

it("does not replace a process of its own for one late answer", async () => {
	const port = await freePort();
	const { ports } = await open({ api: web(port) });
	const { pid } = (await boot(ports, [])).services[0]!;
	let asked = 0;
	const late = async (url: string) => {
		if (++asked <= 2) throw new DOMException("The operation was aborted due to timeout", "TimeoutError");
		return ports.answers.readHttp(url);
	};
	const again = await boot({ ...ports, answers: { ...ports.answers, readHttp: late } }, []);
	expect(again.services[0]).toMatchObject({ outcome: "untouched", pid });
});
