import { describe, expect, it } from "vitest";
import { controlFacts } from "../../src/checks/runtime/control-facts.ts";
import type { RuntimePorts } from "../../src/checks/runtime/ports.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { createStore } from "../../src/store/store.ts";
import { createS3 } from "../../src/store/s3.ts";
import { systemClock } from "../../src/system/clock.ts";
import { connectTemporal } from "../../src/temporal/temporal.ts";
import { BAD_PEERS, badServer, endsByItself } from "../support/bad-peers.ts";

const BUDGET_MS = 2_000;

describe.each(BAD_PEERS)("A16: a control plane that is %s", (how) => {
	it("ends every question of triage to it within the budget, and is told as facts", async () => {
		const [api, temporal, store] = [await badServer(how), await badServer(how, ""), await badServer(how)];
		const account = { bucket: "cres", accessKey: new Secret("a"), secretKey: new Secret("s") };
		const ports = {
			clock: systemClock,
			shell: { run: async () => ({ exitCode: 1, stdout: "", stderr: "" }) },
			config: {
				env: { REINDEX_URL: `http://${api.host}/admin/reindex` },
				temporal: { address: temporal.host, namespace: "default" },
				store: { endpoint: store.host, bucket: "cres" },
				instances: { "cpu-1": { roles: ["cpu"] } },
				queue: "jobs",
			},
			temporal: async () => connectTemporal({ address: temporal.host, namespace: "default", deadlineMs: 500 }),
			store: async () => createStore(createS3({ endpoint: store.host, secure: false, ...account })),
		} as unknown as RuntimePorts;
		const seen = { signal: new AbortController().signal, budgetMs: BUDGET_MS };
		let found: Awaited<ReturnType<typeof controlFacts>> | undefined;
		const looking = async () => void (found = await controlFacts(ports, ["cpu-1"], seen));
		expect(await endsByItself("controlFacts", looking, BUDGET_MS + 1_000)).toBeUndefined();
		const { dependencies, api: told, queues } = found!.facts;
		expect(told).toMatchObject({ url: `http://${api.host}/health`, status: null, answer: expect.stringMatching(/./) });
		expect(told!.answer!.length).toBeLessThan(2_001);
		expect(dependencies.map(({ name, failure }) => [name, failure !== null])[0]).toEqual(["temporal", true]);
		expect(queues).toEqual([]);
	});
});
