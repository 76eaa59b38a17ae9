import { z } from "zod";
import { defined } from "../../src/system/defined.ts";
import { serveControl, type ControlRoutes } from "../control-port.ts";
import type { Listening } from "../listen.ts";
import { FAULTS, faultNames, type SetFault } from "./faults.ts";
import type { Seed, Simulator } from "./start.ts";

const setFault = z.strictObject({
	name: z.enum(faultNames),
	id: z.int().optional(),
	route: z.string().optional(),
	times: z.int().min(1).nullable().optional(),
});
const clearFault = z.strictObject({ name: z.enum(faultNames).optional() });
const seed = z.strictObject({
	image: z.string(),
	env: z.record(z.string(), z.string()).optional(),
	onstart: z.string().optional(),
	label: z.string().optional(),
	runtype: z.string().optional(),
	login: z.string().optional(),
	machineId: z.int().optional(),
	diskGb: z.number().optional(),
	gpus: z.int().optional(),
	gpuName: z.string().optional(),
	dph: z.number().optional(),
	volumeAt: z.string().optional(),
});
const offer = z.strictObject({
	gpuName: z.string().optional(),
	gpus: z.int().optional(),
	diskGb: z.number().optional(),
	dph: z.number().optional(),
	directPorts: z.int().optional(),
	type: z.enum(["on-demand", "bid", "reserved"]).optional(),
});

/** A contract as whoever steers the simulator sees it; no environment, no login. */
export interface ContractSummary {
	id: number;
	label: string | null;
	actual: string | null;
	intended: string;
	statusMessage: string | null;
	image: string;
	/** Manifest digest that runs. */
	digest: string | null;
	generation: number;
	ports: Record<string, number>;
}

const ROUTES: ControlRoutes<Simulator> = {
	"GET /faults": ({ faults }) => ({ faults: faults.list() }),
	"PUT /faults": ({ faults }, body) => {
		const { name, ...options } = setFault.parse(body);
		faults.set(name, defined(options));
		return { faults: faults.list() };
	},
	"DELETE /faults": ({ faults }, body) => {
		faults.clear(clearFault.parse(body ?? {}).name);
		return { faults: faults.list() };
	},
	"GET /requests": ({ requests }) => ({ requests }),
	"GET /contracts": (simulator) => ({ contracts: simulator.contracts().map(({ id }) => summaryOf(simulator, id)) }),
	"POST /contracts": async (simulator, body) => ({ id: await simulator.seed(defined(seed.parse(body)) as Seed) }),
	"POST /offers": ({ offers }, body) => offers.add(defined(offer.parse(body))),
};

function summaryOf(simulator: Simulator, id: number): ContractSummary {
	const { label, actual, intended, statusMessage, configured, container, generations } = simulator.contract(id)!;
	return {
		...{ id, label, actual, intended, statusMessage },
		image: configured.image,
		digest: container?.image.digest ?? null,
		generation: generations,
		ports: container?.ports ?? {},
	};
}

/** What steers a simulator that runs in another process: faults, contracts, recorded requests. */
export const startControl = (simulator: Simulator, port: number, token: string): Promise<Listening> =>
	serveControl(ROUTES, simulator, { port, token });

/** A fault that can be switched on, and where it is on. */
export interface KnownFault {
	name: string;
	group: string;
	lasting: string;
	meaning: string;
	set: SetFault[];
}

/** Every fault there is, with what is switched on now. */
export const describeFaults = (set: readonly SetFault[]): KnownFault[] =>
	faultNames.map((name) => ({
		name,
		...FAULTS[name],
		set: set.filter((one) => one.name === name),
	}));
