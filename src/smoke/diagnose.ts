import { messageOf } from "../errors/errors.ts";
import { within } from "../system/limits.ts";
import { describeReached } from "./probe.ts";
import { reachedFromInside } from "./network.ts";
import { silentParts } from "./parts.ts";
import { endOf, type World } from "./world.ts";
import { redact } from "../secrets/secret.ts";

const TAIL = 15;
/** Characters of a line. */
const LINE = 240;
/** Milliseconds for all of it, and for the network alone. */
const LIMIT_MS = 20_000;
const NETWORK_MS = 4_000;

export interface Diagnosis {
	/** What lies below the container under test, the cause first: dependencies, then the network. Empty: all is well there. */
	below: string[];
	/** The container itself and the end of its log. */
	app: string[];
}

/** Looks for the cause of a failed rung. It never throws but on Ctrl-C. */
export async function diagnose(world: World, signal: AbortSignal): Promise<Diagnosis> {
	const look = (part: (ended: AbortSignal) => Promise<string[]>): Promise<string[]> =>
		within(LIMIT_MS, signal, part).catch((error: unknown) => {
			signal.throwIfAborted();
			return [`not known: ${messageOf(error)}`];
		});
	const dependencies = await look(async (ended) => (await world.dependencies?.faults(ended)) ?? silentParts(world));
	// Without what should answer, whether it is reached tells nothing more.
	const network = dependencies.length > 0 ? [] : await look((ended) => networkFaults(world, ended));
	const app = await look(() => appLines(world));
	return {
		below: [...dependencies.map((line) => `dependency: ${line}`), ...network.map((line) => `network: ${line}`)],
		app,
	};
}

async function networkFaults(world: World, signal: AbortSignal): Promise<string[]> {
	const { dependencies, network, engine, app } = world;
	if (!dependencies || network === undefined) return [];
	const seen = app === undefined ? undefined : await engine.container(app);
	const addressless = seen?.state === "running" && seen.address === "" ? ["the container has no address"] : [];
	const { targets } = dependencies;
	const reached = await reachedFromInside(world, targets, { signal, limitMs: NETWORK_MS });
	if (reached.every(({ ok }) => ok)) return addressless;
	return [...addressless, ...describeReached(targets, reached).filter((line) => line.includes(" not reached: "))];
}

async function appLines(world: World): Promise<string[]> {
	if (world.app === undefined) return [];
	const ended = await endOf(world);
	const log = await world.engine.log(world.app, TAIL);
	return [...(ended === undefined ? [] : [ended]), ...log.map((line) => `log: ${shortened(line)}`)];
}

/** A line of our programs without its braces, one of supervisord without its time; the beginning of long ones. */
function shortened(line: string): string {
	try {
		const { program, message, time: _time, level: _level, ...more } = JSON.parse(line) as Record<string, unknown>;
		const rest = JSON.stringify(more);
		return redact(`${String(program)}: ${String(message)}${rest === "{}" ? "" : ` ${rest}`}`).slice(0, LINE);
	} catch {
		return redact(line)
			.replace(/^[\d-]{10} [\d:,]{12} [A-Z]+ /, "")
			.slice(0, LINE);
	}
}
