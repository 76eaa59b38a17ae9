import { expect, inject, it } from "vitest";
import type { BootReport } from "../../src/control/boot.ts";
import type { StatusReport } from "../../src/control/status.ts";
import { runCres } from "../support/run-cres.ts";

const { project } = inject("perimeter");
const NAMES = ["temporal-server", "temporal", "store"];

it("was started by cres control boot, and a second boot touches nothing of it", async () => {
	const status = await runCres(project, "control", "status", ...NAMES, "--json");
	const { services } = JSON.parse(status.stdout) as StatusReport;
	expect(services.map(({ service, state, origin, startedBy }) => [service, state, origin, startedBy])).toEqual(
		NAMES.map((name) => [name, "ready", "command", "cres"]),
	);
	const boot = await runCres(project, "control", "boot", "temporal", "store", "--json");
	const again = JSON.parse(boot.stdout) as BootReport;
	expect(again.services.map(({ service, outcome, pid }) => [service, outcome, pid])).toEqual(
		services.map(({ service, pid }) => [service, "untouched", pid]),
	);
});
