import { fail, ok } from "../../checks/doctor/check.ts";
import { limit, type Rung } from "../rung.ts";
import { until } from "../until.ts";

const FIX = "the log above says why; docker network inspect shows a network without addresses";

/** The container starts with its own entry point, runs, and has an address. */
export const start: Rung = {
	name: "start",
	limitMs: limit(30),
	fix: FIX,
	async run(world, call) {
		const { engine, app } = world;
		await engine.start(app!);
		const look = async () => {
			const seen = await engine.container(app!);
			if (seen?.state === "running" && seen.address !== "")
				return ok(`container ${app!.slice(0, 12)} at ${seen.address}`);
			return { pending: "the network has given it no address" };
		};
		return until(world, call, { everyMs: 50, fix: FIX, look }).catch((error: unknown) => {
			call.signal.throwIfAborted();
			return fail((error as Error).message, FIX);
		});
	},
};
