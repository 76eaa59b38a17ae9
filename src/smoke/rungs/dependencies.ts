import { fail, ok } from "../../checks/doctor/check.ts";
import { startImages } from "../images.ts";
import { reachedFromInside } from "../network.ts";
import { describeReached } from "../probe.ts";
import { useRehearsal } from "../rehearsal.ts";
import { limit, type Rung } from "../rung.ts";
import { nameOf } from "../world.ts";

const FIX =
	"let containers of the Docker daemon reach these addresses: its firewall, its bridge, temporal and store in cres.yaml";
/** A healthy network answers at once; what is slow is waited for before. */
const NETWORK_SHARE = 4;

/** Temporal and the store answer from here, and from inside the network of the smoke test. */
export const dependencies: Rung = {
	name: "dependencies",
	limitMs: limit(90),
	fix: FIX,
	async run(world, call) {
		world.network = await world.engine.createNetwork(nameOf(world, "net"), world.labels);
		call.signal.throwIfAborted();
		world.dependencies = await (world.against === "images" ? startImages : useRehearsal)(world, call);
		const { targets } = world.dependencies;
		const limitMs = call.limitMs / NETWORK_SHARE;
		const reached = await reachedFromInside(world, targets, { signal: call.signal, limitMs });
		const observed = describeReached(targets, reached).join("; ");
		const isWhole = targets.every(({ name }) => reached.some((one) => one.name === name && one.ok));
		return isWhole ? ok(observed) : fail(observed, FIX);
	},
};
