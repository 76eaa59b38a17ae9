import { secretValues } from "../../../config/config.ts";
import type { Execution, StepCall } from "../../instance.ts";
import type { VastPorts } from "../ports.ts";
import { drain, lastLines, untilWorkerPolls } from "../worker.ts";
import { awaitContainer } from "./await-container.ts";
import { connectBuild } from "./connect-build.ts";
import { vastStepSchema, type VastStep } from "./plan.ts";
import { recycle } from "./recycle.ts";
import { revert } from "./revert.ts";
import { stage } from "./stage.ts";
import { stagingOf } from "./staging.ts";
import type { VastRollout } from "./vast-rollout.ts";
import { watch } from "./watch.ts";

type Perform<K extends VastStep["kind"]> = (
	ports: VastPorts,
	own: VastRollout,
	step: Extract<VastStep, { kind: K }>,
	report: StepCall["report"],
) => Promise<void>;

const STEPS: { [K in VastStep["kind"]]: Perform<K> } = {
	drain: async (ports, own) => {
		own.begun = "drain";
		await drain(ports.name, own.connected!.session);
	},
	stage: (ports, own, { image, spec, specHash }) => {
		const secrets = secretValues(ports.config);
		const wanted = { rollout: own.run.id, reference: image, spec, specHash, secrets };
		return stage(ports, own, stagingOf(wanted, own.contract));
	},
	recycle: (ports, own) => recycle(ports, own),
	"await-container": (ports, own, _step, report) => awaitContainer(ports, own, report),
	connect: (ports, own, { buildId }, report) => connectBuild(ports, own, buildId, report),
	"await-pollers": async (ports, own, _step, report) => {
		own.run.pollers = await polls(ports, own, report);
	},
	watch: (ports, own, _step, report) => watch(ports, own, report),
};

/** Does one step; its signal and its notes are the rollout's. */
export async function performVast(ports: VastPorts, own: VastRollout, step: VastStep, call: StepCall): Promise<void> {
	const perform = STEPS[step.kind] as Perform<typeof step.kind>;
	await perform({ ...ports, signal: call.signal, note: own.run.note }, own, step, call.report);
}

/** The steps of one rollout, made possible. */
export const createExecution = (ports: VastPorts, own: VastRollout): Execution => ({
	perform: (step, call) => performVast(ports, own, vastStepSchema.parse(step), call),
	touched: () => own.begun !== "nothing" || own.underWay,
	revert: (report) => revert(unstopped(ports, own), own, report),
	close: () => own.connected?.session.close(),
});

/** Going back outlives Ctrl-C. */
export const unstopped = (ports: VastPorts, { run }: Pick<VastRollout, "run">): VastPorts => ({
	...ports,
	signal: new AbortController().signal,
	note: run.note,
});

async function polls(ports: VastPorts, own: VastRollout, report: StepCall["report"]) {
	try {
		return await untilWorkerPolls(ports, own.connected!, { signal: ports.signal, report });
	} catch (error) {
		own.run.log = await lastLines(own.connected!.session);
		throw error;
	}
}
