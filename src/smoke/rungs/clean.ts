import { fail, ok } from "../../checks/doctor/check.ts";
import { LABEL } from "../../contracts/labels.ts";
import { remains, removeAll } from "../remove.ts";
import { limit, type Rung } from "../rung.ts";
import { nameOf, type World } from "../world.ts";

/** All that the smoke test has made is gone: containers, network, job and objects. */
export const clean: Rung = {
	name: "clean",
	limitMs: limit(90),
	fix: `docker ps -a --filter label=${LABEL.smoke} shows containers that are left; the next cres smoke removes them`,
	always: true,
	skip: (world) =>
		world.keep && world.failed
			? `kept; this removes it: ${[...containersOf(world), `docker network rm ${nameOf(world, "net")}`].join(" && ")}`
			: undefined,
	async run(world, { signal }) {
		const removed = await removeAll(world, signal);
		const left = await remains(world, signal);
		return left.length > 0 ? fail(`left: ${left.join(", ")}`, clean.fix) : ok(removed);
	},
};

const containersOf = ({ made }: World): string[] => {
	const names = made.names();
	return names.length > 0 ? [`docker rm -f -v ${names.join(" ")}`] : [];
};
