import { expect, it } from "vitest";
import { backendChecks } from "../../../src/checks/doctor/backend.ts";
import { backendWorld, kind, recordedPid, until, type World } from "../../backend/world.ts";

const { signal } = new AbortController();

/** What the check of the only backend there is says. */
async function verdict({ place: { root }, ports }: World) {
	const [check, ...others] = backendChecks({ config: { root }, ...ports });
	expect([check!.name, others]).toEqual(["backend backend", []]);
	return check!.run(signal);
}

it("shows whether a backend is up, stopped, unhealthy or without its supervisor", async () => {
	const world = await backendWorld((first) => ({ a: { port: first, modules: ["a"], command: kind("well") } }));
	expect(backendChecks({ config: { root: world.place.root }, ...world.ports })).toEqual([]);
	await world.start();
	expect(await verdict(world)).toEqual({ status: "ok", observed: "up" });
	await fetch(`http://127.0.0.1:${world.port}/api/v1/a/die`).catch(() => {});
	expect(await verdict(world)).toMatchObject({ status: "warn", observed: expect.stringMatching(/^a-0 is \w+: /) });
	process.kill(await recordedPid(world.place, "supervisor"), "SIGKILL");
	await until(async () => (await world.status()).state === "orphaned");
	expect(await verdict(world)).toEqual({
		status: "fail",
		observed: expect.stringMatching(/nginx runs? without supervisor/),
		fix: "cres backend stop backend.yaml, then cres backend start backend.yaml",
	});
	await world.stop();
	expect(await verdict(world)).toEqual({ status: "ok", observed: "stopped" });
});
