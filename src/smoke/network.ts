import { UserError } from "../errors/errors.ts";
import { parseProbe, PROBE_ARGUMENTS, probeEnvironment, type Reached, type Target } from "./probe.ts";
import { confined, nameOf, type World } from "./world.ts";

const LOOK_EVERY_MS = 80;
const TAIL = 20;

/** What a container of the image reaches on the network of the smoke test, asked from inside until `limitMs` is over. */
export async function reachedFromInside(
	world: World,
	targets: readonly Target[],
	{ signal, limitMs }: { signal: AbortSignal; limitMs: number },
): Promise<Reached[]> {
	const { engine, reference, network, labels } = world;
	signal.throwIfAborted();
	const id = await engine.create({
		...{ name: nameOf(world, `probe-${Date.now().toString(36)}`), image: reference, network: network!, labels },
		...{ entrypoint: ["node"], command: PROBE_ARGUMENTS, env: probeEnvironment(targets, limitMs), ...confined(world) },
	});
	try {
		signal.throwIfAborted();
		await engine.start(id);
		await untilEnded(world, id, signal);
		return reachedIn(await engine.log(id, TAIL));
	} finally {
		await engine.remove({ kind: "container", id }).catch(() => {}); // what is left is removed with all else
	}
}

async function untilEnded({ engine, ports }: World, id: string, signal: AbortSignal): Promise<void> {
	for (;;) {
		const seen = await engine.container(id);
		if (seen?.state !== "running" && seen?.state !== "created") return;
		await ports.clock.sleep(LOOK_EVERY_MS, signal);
	}
}

function reachedIn(lines: readonly string[]): Reached[] {
	const reached = parseProbe(lines);
	if (reached) return reached;
	throw new UserError("smoke_network", `the probe in the image's own Node printed no answer: ${lines.join("\n")}`, {
		hint: "docker run --entrypoint node with that image shows what is wrong with its Node",
	});
}
