import { expect, it } from "vitest";
import type { Config } from "../../src/config/config.ts";
import type { Role } from "../../src/contracts/queues.ts";
import { wantedPollers } from "../../src/temporal/expected.ts";

const config = (...roles: Role[][]) =>
	({
		queue: "v",
		instances: Object.fromEntries(roles.map((played, index) => [`i-${index}`, { roles: played }])),
	}) as unknown as Config;

const wanted = (settings: Config, queues: string[] = []) =>
	wantedPollers(settings, queues).map(({ queue, type, role }) => `${queue} ${type} ${role}`);

const CPU = ["v@cpu workflow cpu", "v@cpu activity cpu"];
const GPU = ["v@gpu activity gpu"];

it("expects pollers for the roles that any instance plays, the cpu role when there is none", () => {
	expect(wanted(config(["gpu"], ["cpu", "gpu"]))).toEqual([...CPU, ...GPU]);
	expect(wanted(config(["gpu"]))).toEqual(GPU);
	expect(wanted(config())).toEqual(CPU);
});

it("expects those of the queues that are named instead", () => {
	expect(wanted(config(["cpu"]), ["w@gpu", "v@cpu"])).toEqual(["w@gpu activity gpu", ...CPU]);
});

it.each([
	["video", "cres pollers video@cpu"],
	["video@tpu", "cres pollers video@cpu"],
])("refuses %s, which is no task queue of ours", (name, hint) => {
	expect(() => wanted(config(["cpu"]), ["v@cpu", name])).toThrow(
		expect.objectContaining({
			code: "queue_name",
			exit: "usage",
			hint,
			message: `${name} is not a cres task queue: names end in @cpu or @gpu`,
		}),
	);
});
