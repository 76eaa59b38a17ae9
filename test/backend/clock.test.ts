import { expect, it } from "vitest";
import { restartBackend } from "../../src/backend/restart.ts";
import { startBackend } from "../../src/backend/start.ts";
import { stopBackend } from "../../src/backend/stop.ts";
import { backendWorld, two, until } from "./world.ts";

/** Sets the clock of a program a day forward and back again with each look at it. */
const JUMPING = `data:text/javascript,${encodeURIComponent(
	"const real = Date.now; let looks = 0; Date.now = () => real() + (looks++ % 2 === 0 ? 864e5 : -864e5);",
)}`;

it("starts, restarts, recovers from a crash and stops in its time while the clock is set to and fro", async () => {
	const world = await backendWorld(two);
	let looks = 0;
	const now = () => Date.now() + (looks++ % 2 === 0 ? 864e5 : -864e5);
	const supervisor = (spec: string) => {
		const { args, ...program } = world.ports.supervisor(spec);
		return { ...program, args: ["--import", JUMPING, ...args] };
	};
	const ports = { ...world.ports, clock: { ...world.ports.clock, now }, supervisor };
	const began = performance.now();
	await startBackend(ports, world.place, { generate: false });
	expect((await restartBackend(ports, world.place, { generate: false })).how).toBe("in-place");
	await fetch(`http://127.0.0.1:${world.port}/api/v1/broker/die`).catch(() => {});
	await until(async () => (await world.status()).report!.servers[0]!.restarts === 2 && (await world.status()).healthy);
	const { report } = await world.status();
	expect(report!.servers).toMatchObject([
		{ restarts: 2, lastEnd: "exit 3", state: "running" },
		{ restarts: 1, state: "running" },
	]);
	for (const { upMs } of report!.servers) expect(upMs).toBeLessThan(performance.now() - began);
	expect((await stopBackend(ports, world.place, 2_000)).stopped).toEqual(["broker-0", "datafeed-0", "nginx"]);
	expect(performance.now() - began).toBeLessThan(60_000);
	expect(looks).toBeGreaterThan(1);
});
