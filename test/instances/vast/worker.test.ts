import { describe, expect, it } from "vitest";
import { drain, startWorker, untilWorkerPolls } from "../../../src/instances/vast/worker.ts";
import { watch } from "../../../src/instances/vast/roll/watch.ts";
import { refusal } from "../../support/refusal.ts";
import { NEW, OLD, fakeContract, type FakeContract } from "../../support/fake-contract.ts";

const MINUTE = 60_000;
const report =
	({ reports }: FakeContract) =>
	(text: string) =>
		void reports.push(text);

describe("watching the new container", () => {
	const connected = async (one: FakeContract) => {
		one.own.connected = await one.own.connect(undefined as never, undefined as never);
		return one;
	};
	const watched = async (one: FakeContract) => watch(one.ports, (await connected(one)).own, report(one));

	it("takes three good looks in a row, and its health", async () => {
		const one = fakeContract();
		await watched(one);
		expect(one.reports).toEqual(["1 of 3 looks were good", "2 of 3 looks were good", "3 of 3 looks were good"]);
		expect(one.own.run.facts).toEqual(["health: api ok, temporal ok, minio ok, llama ok, whisper ok (GPU pretended)"]);
	});

	it("begins again when the contract flaps, the worker has yet to start, or does not poll", async () => {
		const one = fakeContract();
		one.happens((wait) => {
			one.contract.actual = wait === 2 ? "loading" : "running";
			one.container.worker = wait === 4 ? "STARTING" : "RUNNING";
			one.container.buildId = wait === 6 ? OLD : NEW;
		});
		await watched(one);
		expect(one.reports.map((text) => text[0]).join("")).toBe("101010123");
	});

	it.each([
		["is another process", { pid: 43 }, "the worker keeps ending: it is RUNNING after 1 restart"],
		["ends", { worker: "EXITED" }, "the worker keeps ending: it is EXITED after 0 restarts"],
		["cannot start", { worker: "BACKOFF" }, "the worker keeps ending: it is BACKOFF after 0 restarts"],
	])("ends when the worker %s", async (_what, change, message) => {
		const one = fakeContract();
		one.happens((wait) => wait === 2 && Object.assign(one.container, change));
		expect(await refusal(watched(one))).toMatchObject({ code: "container_died", message });
	});

	it.each([
		["stopped", "contract_stopped"],
		["exited", "container_ended"],
	])("ends when the contract is %s", async (actual, code) => {
		const one = fakeContract();
		one.happens((wait) => wait === 2 && Object.assign(one.contract, { actual }));
		expect(await refusal(watched(one))).toMatchObject({ code });
	});

	it("gives up after half an hour of flapping", async () => {
		const one = fakeContract();
		one.happens((wait) => Object.assign(one.contract, { actual: wait % 2 ? "loading" : "running" }));
		expect(await refusal(watched(one))).toMatchObject({ code: "container_late" });
		expect(one.waited()).toBeGreaterThanOrEqual(30 * MINUTE);
	});

	it("fails when its api finds no store", async () => {
		const one = fakeContract();
		one.container.health["minio"] = "down";
		expect(await refusal(watched(one))).toMatchObject({ code: "unhealthy" });
	});
});

describe("the worker of a contract", () => {
	const worker = async (one: FakeContract) => one.own.connect(undefined as never, undefined as never);
	const polls = async (one: FakeContract) =>
		untilWorkerPolls(one.ports, await worker(one), { signal: one.ports.signal, report: report(one) });

	it("is the one of this very container", async () => {
		const one = fakeContract();
		expect((await polls(one)).map(({ identity }) => identity)).toEqual(Array(2).fill(`cpu@gpu-1/${NEW}-89abcdef`));
		const { session } = await worker(one);
		for (const of of [{ container: "00000000" }, { buildId: OLD }, { container: undefined }, { buildId: undefined }]) {
			const other = { session, probe: { ...(await worker(one)).probe, ...of } };
			const waiting = untilWorkerPolls(one.ports, other, { signal: one.ports.signal, report: () => {} });
			expect(await refusal(waiting), JSON.stringify(of)).toMatchObject({ code: "never_polled" });
		}
	});

	it.each(["FATAL", "EXITED", "BACKOFF"])("is dead when it is %s", async (state) => {
		const one = fakeContract();
		one.container.worker = state;
		expect(await refusal(polls(one))).toMatchObject({
			code: "container_died",
			message: `the worker keeps ending: it is ${state} after 0 restarts`,
		});
	});

	it("F77: that dies at each start is found before supervisord gives it up, long before the deploy would", async () => {
		const one = fakeContract();
		const life = ["STARTING", "BACKOFF", "STARTING", "BACKOFF", "STARTING", "BACKOFF", "FATAL"];
		Object.assign(one.container, { worker: life[0], pid: 0 });
		one.happens((wait) => Object.assign(one.container, { worker: life[wait] ?? "FATAL", pid: 0 }));
		expect(await refusal(polls(one))).toMatchObject({
			code: "container_died",
			message: expect.stringMatching(/^the worker keeps ending: it is (BACKOFF|FATAL) after \d restarts$/),
		});
		expect(one.waited()).toBeLessThan(MINUTE / 2);
	});

	it("may be restarted once, not twice", async () => {
		const one = fakeContract();
		Object.assign(one.container, { id: "89abcdef" });
		const { session, probe } = await worker(one);
		const waiting = { session, probe: { ...probe, container: "00000000" } };
		one.happens((wait) => wait > 20 && Object.assign(one.container, { pid: wait > 40 ? 44 : 43 }));
		const options = { signal: one.ports.signal, report: () => {} };
		expect(await refusal(untilWorkerPolls(one.ports, waiting, options))).toMatchObject({
			code: "container_died",
			message: "the worker keeps ending: it is RUNNING after 2 restarts",
		});
		one.happens(() => {});
		expect(await refusal(untilWorkerPolls(one.ports, waiting, options))).toMatchObject({ code: "never_polled" });
	});

	it("is drained, or said not to stop", async () => {
		const one = fakeContract();
		const { session } = await worker(one);
		await drain("gpu-1", session);
		expect(one.container.worker).toBe("STOPPED");
		await startWorker("gpu-1", session);
		expect(one.container.worker).toBe("RUNNING");
		one.container.stubborn = true;
		for (const state of ["RUNNING", "STARTING"]) {
			one.container.worker = state;
			expect(await refusal(drain("gpu-1", session))).toEqual({
				code: "drain_failed",
				message: `the worker of gpu-1 did not stop; it is ${state}`,
				hint: "cres logs gpu-1",
			});
		}
		one.container.worker = "none";
		expect(await refusal(startWorker("gpu-1", session))).toEqual({
			code: "worker_missing",
			message: "gpu-1 runs no cres worker in its container",
			hint: "cres deploy gpu-1",
		});
	});
});
