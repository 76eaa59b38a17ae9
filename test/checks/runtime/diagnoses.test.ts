import { describe, expect, it } from "vitest";
import { loadRuntimeChecks } from "../../../src/checks/registry.ts";
import { judgeFacts } from "../../../src/checks/runtime/judge.ts";
import type { InstanceFacts, RuntimeFacts } from "../../../src/checks/runtime/facts.ts";
import { findingsOf } from "../../../src/checks/triage-report.ts";
import {
	apiIs,
	brokenAt,
	failed,
	healthyControl,
	healthyInside,
	healthyInstance,
	runtimeFacts,
} from "../../support/runtime-facts.ts";

const checks = await loadRuntimeChecks();
const found = (facts: RuntimeFacts) =>
	findingsOf(judgeFacts(checks, facts)).map(({ code, message }) => `${code} ${message}`);
const instance = (over: Partial<InstanceFacts>) => found(runtimeFacts({ instances: [healthyInstance(over)] }));

describe("a diagnosis", () => {
	it("TR110 quotes the panic, not the back-off", () => {
		const log = [
			{
				at: "2026-11-29T11:58:00.000Z",
				program: "api",
				text: "Error: listen EADDRINUSE: address already in use 0.0.0.0:8100",
			},
			{
				at: "2026-11-29T11:58:01.000Z",
				program: "supervisord",
				text: "2026-11-29 11:58:01,000 WARN exited: api (exit status 1; not expected)",
			},
			{
				at: "2026-11-29T11:58:09.000Z",
				program: "supervisord",
				text: "2026-11-29 11:58:09,000 WARN exited: api (exit status 1; not expected)",
			},
		];
		const facts = runtimeFacts({ instances: [healthyInstance({ log, inside: healthyInside(apiIs("BACKOFF")) })] });
		const [first] = findingsOf(judgeFacts(checks, facts));
		expect(first!.message).toBe(
			"api of cpu-1 is in a crash loop (BACKOFF), exit status 1: Error: listen EADDRINUSE: address already in use 0.0.0.0:8100",
		);
		expect(first!.evidence[0]).toEqual({
			host: "cpu-1",
			program: "api",
			at: "2026-11-29T11:58:00.000Z",
			text: log[0]!.text,
		});
		expect(first!.fix.say).toBe("cres logs cpu-1 --program api --tail 50");
	});

	it("TR111 sees what ends again and again, although it runs now", () => {
		const text = "2026-11-29 11:58:09,000 WARN exited: worker-cpu (terminated by SIGKILL; not expected)";
		const log = [1, 2, 3].map((minute) => ({ at: `2026-11-29T11:5${minute}:00.000Z`, program: "supervisord", text }));
		expect(instance({ log })).toEqual([
			"TR111 worker-cpu of cpu-1 ended 3 times in the last hour and was started again",
		]);
	});

	it("TR120 blames a dependency that is down, with its container, and not the network", () => {
		const container = {
			name: "temporal",
			image: "temporalio/auto-setup",
			state: "exited",
			exitCode: 1,
			log: ["no usable database connection found"],
		};
		const [, store] = healthyControl().dependencies;
		const down = {
			name: "temporal" as const,
			address: "127.0.0.1:7233",
			failure: failed("temporal_unreachable", "nobody answers"),
			container,
		};
		const facts = runtimeFacts({
			control: healthyControl({ dependencies: [down, store!], queues: [] }),
			instances: [healthyInstance({ inside: healthyInside(brokenAt("temporal", "resolver", "ENOTFOUND temporal")) })],
		});
		expect(found(facts)).toEqual([
			"TR120 temporal is down for cpu-1 and for the control host alike (container temporal is exited, exit code 1): nobody answers",
			"TR150 temporal at 127.0.0.1:7233 does not answer as it should: its container temporal is exited, exit code 1",
		]);
	});

	it.for<[string, string, string]>([
		[
			"lost",
			"Failed to initialize NVML: Unknown Error",
			"gpu-1 has lost its GPU: Failed to initialize NVML: Unknown Error; a daemon-reload on its host takes devices from containers that run",
		],
		["absent", "spawn nvidia-smi ENOENT", "gpu-1 has the role gpu, but its container has no nvidia-smi"],
	])("TR132 %s", ([, failure, message]) => {
		const supervisor = {
			...healthyInside().supervisor!,
			programs: ["api", "watchdog", "workers:worker-gpu"].map((name) => ({
				...healthyInside().supervisor!.programs[0]!,
				name,
			})),
		};
		const gpu = { pretended: false, cudaImage: "", cudaDriver: "", devices: [], failure };
		const facts = runtimeFacts({
			instances: [
				healthyInstance({ name: "gpu-1", roles: ["gpu"], gpu: true, inside: healthyInside({ gpu, supervisor }) }),
			],
		});
		expect(found(facts)).toEqual([`TR132 ${message}`]);
	});

	it("TR132 compares the driver with the CUDA of the image, and sees memory that is full", () => {
		const device = { name: "RTX 4090", driver: "535.1", totalMiB: 24_000, usedMiB: 23_900 };
		const supervisor = {
			...healthyInside().supervisor!,
			programs: ["api", "watchdog", "workers:worker-gpu"].map((name) => ({
				...healthyInside().supervisor!.programs[0]!,
				name,
			})),
		};
		const gpu = { pretended: false, cudaImage: "13.0.1", cudaDriver: "12.2", devices: [device], failure: "" };
		const facts = runtimeFacts({
			instances: [
				healthyInstance({ name: "gpu-1", roles: ["gpu"], gpu: true, inside: healthyInside({ gpu, supervisor }) }),
			],
		});
		expect(found(facts)).toEqual([
			"TR132 the image on gpu-1 is made for CUDA 13.0.1, but its driver 535.1 reaches CUDA 12.2 only",
			"TR132 the memory of RTX 4090 in gpu-1 is full: 23900 of 24000 MiB",
		]);
	});

	it("TR135 sees an on-start that is not ours", () => {
		const inside = healthyInside({ contract: "36700001" });
		expect(instance({ driver: "vast", inside })).toEqual(["TR135 the on-start of cpu-1 is not ours"]);
	});
});
