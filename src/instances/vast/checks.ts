import { fail, ok, warn, type Check, type Verdict } from "../../checks/doctor/check.ts";
import { recordedEndpoint } from "../../state/endpoints.ts";
import type { VastPorts } from "./ports.ts";

/** What `cres doctor` checks of a Vast contract. */
export const vastChecks = (ports: VastPorts): Check[] => {
	const { name, settings, config } = ports;
	const adopt = `cres instance adopt ${name} --vast-id ${settings.id}`;
	return [
		{
			name: `host key of ${name}`,
			fix: adopt,
			async run() {
				const known = await recordedEndpoint(config.state, name);
				if (!known) return fail("no endpoint was verified yet", adopt);
				const observed = `${known.fingerprint} of generation ${known.generation}`;
				if (known.verifiedBy === "log") return ok(observed);
				return warn(`${observed} was taken as it was shown`, `compare it: cres ssh ${name} --print`);
			},
		},
		{
			name: `instance ${name}`,
			fix: `cres instance list shows what the account holds`,
			run: () => contractVerdict(ports),
		},
	];
};

async function contractVerdict({ name, settings: { id }, vast }: VastPorts): Promise<Verdict> {
	const contract = await (await vast()).api.contract(id);
	if (!contract) return fail(`contract ${id} is gone`, `cres instance adopt ${name} --vast-id <another one>`);
	const { actual, intended, gpus, gpuName, image } = contract;
	const observed = `contract ${id}: ${actual ?? "not started"}, ${gpus} × ${gpuName ?? "no GPU"}, ${image}`;
	if (actual === "running" && intended === "running") return ok(observed);
	return fail(`${observed}; ${intended} was asked for`, `cres instance list, then cres start ${name}`);
}
