import { describe, expect, it } from "vitest";
import { answersDocker } from "../../rehearsal/parts/docker.ts";
import { connectControl, type VastControl } from "../../rehearsal/vast/control-client.ts";
import { dockerAt } from "../../rehearsal/docker-client.ts";
import { createDockerBacking } from "../../rehearsal/vast/docker-backing.ts";
import { DOCKER_LIMITS } from "../../src/system/docker-calls.ts";
import { BAD_PEERS, badServer, endsByItself } from "../support/bad-peers.ts";

const LIMITS = {
	...DOCKER_LIMITS,
	answerMs: 150,
	changeMs: 150,
	stallMs: 150,
	answerBytes: 1 << 20,
	eventBytes: 1 << 20,
};

/** A new method has to be added here. */
const CONTROL: Record<keyof VastControl, (one: VastControl) => Promise<unknown>> = {
	faults: (one) => one.faults(),
	set: (one) => one.set({ name: "rate-limit" }),
	clear: (one) => one.clear(),
	contracts: (one) => one.contracts(),
	contractOf: (one) => one.contractOf("1"),
	seed: (one) => one.seed({} as never),
	offer: (one) => one.offer({}),
	untilUp: (one) => one.untilUp(0),
};

describe.each(BAD_PEERS)("A16: what answers the rehearsal is %s", (how) => {
	it("ends every question to the simulated Vast", async () => {
		const { host } = await badServer(how);
		const control = connectControl(Number(host.split(":")[1]), "token", 200);
		expect(Object.keys(control).toSorted()).toEqual(Object.keys(CONTROL).toSorted());
		for (const [name, call] of Object.entries(CONTROL)) {
			const error = await endsByItself(name, () => call(control));
			expect((error as { code: string }).code, name).toMatch(/^(rehearsal_down|fault_unknown)$/);
		}
	});

	it("ends a look at a Docker daemon, and a pull", async () => {
		const { socket } = await badServer(how);
		expect(await endsByItself("look", () => answersDocker(socket, LIMITS))).toBeInstanceOf(Error);
		const daemon = await dockerAt(socket, LIMITS);
		const backing = createDockerBacking({ daemon, run: "r", factor: 1, limits: LIMITS });
		const error = await endsByItself("pull", () => backing.pull("registry.test/o/w:t", null, () => {}));
		expect(error).toBeInstanceOf(Error);
	});
});
