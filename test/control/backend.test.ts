import { join } from "node:path";
import { expect, it } from "vitest";
import { boot } from "../../src/control/boot.ts";
import type { Backends } from "../../src/control/control-ports.ts";
import { status } from "../../src/control/status.ts";
import { stop } from "../../src/control/stop.ts";
import { UserError } from "../../src/errors/errors.ts";
import { controlWorld } from "../support/control-world.ts";

/** Backends that hold what was done to them. */
function fakeBackends() {
	const done: string[] = [];
	const state = { runs: false, healthy: false, fails: false };
	let given: Readonly<Record<string, string>> = {};
	const backend: Backends = {
		status: async () => ({ ...state, detail: state.runs ? "core is down" : "the backend is stopped" }),
		async start(file, environment, { report }) {
			done.push(`start ${file}`);
			given = environment;
			report("not healthy yet: core");
			if (state.fails) throw new UserError("service_ended", "core-1 ended; its last lines:\n  no module");
			Object.assign(state, { runs: true, healthy: true });
		},
		async stop(file) {
			done.push(`stop ${file}`);
			Object.assign(state, { runs: false, healthy: false });
		},
	};
	return { backend, done, state, given: () => given };
}

async function world() {
	const fake = fakeBackends();
	const api = { backend: "backend.yaml", env: { MODE: "control" }, secrets: { API_KEY: "MINIO_SECRET_KEY" } };
	const { ports, root } = await controlWorld({ api }, { backend: fake.backend });
	return { ports, fake, file: join(root, "backend.yaml") };
}

it("starts a backend with its environment, finds it healthy, and stops it", async () => {
	const { ports, fake, file } = await world();
	expect((await boot(ports, [])).services[0]).toMatchObject({
		outcome: "started",
		origin: "backend",
		at: "backend.yaml",
	});
	expect(fake.given()).toEqual({ MODE: "control", API_KEY: "sentinel-secret" });
	expect((await boot(ports, [])).services[0]).toMatchObject({ outcome: "untouched" });
	expect((await status(ports, [])).services[0]).toMatchObject({ state: "ready", startedBy: "cres" });
	expect((await stop(ports, [])).services[0]).toMatchObject({ outcome: "stopped" });
	expect((await stop(ports, [])).services[0]).toMatchObject({ outcome: "was-stopped" });
	expect(fake.done).toEqual([`start ${file}`, `stop ${file}`, `stop ${file}`]);
});

it("starts one again that runs and is not healthy", async () => {
	const { ports, fake, file } = await world();
	fake.state.runs = true;
	expect((await status(ports, [])).services[0]).toMatchObject({ state: "unready", detail: "core is down" });
	expect((await boot(ports, [])).services[0]).toMatchObject({ outcome: "started" });
	expect(fake.done).toEqual([`stop ${file}`, `start ${file}`]);
});

it("says why one did not start", async () => {
	const { ports, fake } = await world();
	fake.state.fails = true;
	expect((await boot(ports, [])).services[0]).toMatchObject({
		...{ outcome: "failed", detail: "core-1 ended", error: { code: "service_ended" } },
	});
});
