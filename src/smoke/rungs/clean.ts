import { fail, ok } from "../../checks/check.ts";
import { LABEL } from "../../contracts/labels.ts";
import { remains, removeAll } from "../remove.ts";
import { limit, type Rung } from "../rung.ts";
import { nameOf } from "../world.ts";

/** All that the smoke test has made is gone: containers, network, job and objects. */
export const clean: Rung = {
	name: "clean",
	limitMs: limit(90),
	fix: `docker ps -a --filter label=${LABEL.smoke} shows containers that are left; the next cres smoke removes them`,
	always: true,
	skip: (world) =>
		world.keep && world.failed
			? `kept: docker rm -f -v ${nameOf(world, "app")} and docker network rm ${nameOf(world, "net")} remove it`
			: undefined,
	async run(world, { signal }) {
		const removed = await removeAll(world, signal);
		const left = await remains(world, signal);
		return left.length > 0 ? fail(`left: ${left.join(", ")}`, clean.fix) : ok(removed);
	},
};
