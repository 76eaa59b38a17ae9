import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors/errors.ts";
import { awaitContainer } from "../../../src/instances/vast/roll/await-container.ts";
import { connectBuild } from "../../../src/instances/vast/roll/connect-build.ts";
import { recycle } from "../../../src/instances/vast/roll/recycle.ts";
import { stage } from "../../../src/instances/vast/roll/stage.ts";
import type { Contract } from "../../../src/vast/vast.ts";
import { refusal } from "../../support/refusal.ts";
import { NEW, OLD, ROLLOUT, fakeContract, type FakeContract } from "../../support/fake-contract.ts";

const MINUTE = 60_000;
const LOST = () => new UserError("vast_reply_lost", "no reply came");
const report =
	({ reports }: FakeContract) =>
	(text: string) =>
		void reports.push(text);

describe("waiting for the new container", () => {
	const wait = (one: FakeContract) => awaitContainer(one.ports, one.own, report(one));
	const states = (one: FakeContract, ...all: Partial<Contract>[]) =>
		one.happens((look) => Object.assign(one.contract, all[Math.min(look, all.length) - 1]));

	it("takes none for it that was there before", async () => {
		const one = fakeContract();
		states(one, {}, { actual: "loading" }, { actual: "running", ports: { "22/tcp": 4002 } });
		await wait(one);
		expect(one.reports).toEqual(["running, still the old container", "loading", "running"]);
		expect(one.waited()).toBe(30_000);
	});

	it("knows it by another port, without having seen the old one go", async () => {
		const one = fakeContract();
		states(one, {}, { ports: { "22/tcp": 4002 } });
		await wait(one);
		expect(one.waited()).toBe(20_000);
	});

	it("waits for its endpoint", async () => {
		const one = fakeContract();
		const nowhere = { ports: {}, publicIp: null, sshHost: null };
		states(
			one,
			{ actual: "loading" },
			{ actual: "running", ...nowhere },
			{ ports: { "22/tcp": 4002 }, publicIp: "192.0.2.1" },
		);
		await wait(one);
		expect(one.waited()).toBe(30_000);
	});

	it("gives up after half an hour, with what the host said last", async () => {
		const one = fakeContract();
		states(one, { actual: "loading", statusMessage: "a: Pulling\nb: Extracting" });
		expect(await refusal(wait(one))).toEqual({
			code: "container_late",
			message: "contract 7 of gpu-1 is loading after 30 minutes: b: Extracting",
			hint: "cres instance list, then cres deploy gpu-1",
		});
		expect(one.waited()).toBe(30 * MINUTE + 10_000);
		const mute = fakeContract();
		states(mute, { actual: null });
		expect((await refusal(wait(mute))).message).toBe(
			"contract 7 of gpu-1 is not started after 30 minutes: its host says nothing",
		);
	});

	it.each([
		[{ actual: "stopped" }, "contract_stopped"],
		[{ actual: "exited" }, "container_ended"],
		[{ actual: "loading", statusMessage: "manifest unknown" }, "pull_failed"],
	] as const)("ends at once where it never comes: %j", async (state, code) => {
		const one = fakeContract();
		states(one, state);
		expect(await refusal(wait(one))).toMatchObject({ code });
		expect(one.waited()).toBe(10_000);
	});

	it("believes no news of before the recycle", async () => {
		const one = fakeContract({ actual: "loading", statusMessage: "manifest unknown" });
		states(one, {}, { actual: "recycling" }, { actual: "loading" }, { actual: "running" });
		await wait(one);
		expect(one.waited()).toBe(40_000);
		const ended = fakeContract({ actual: "exited" });
		expect(await refusal(wait(ended))).toMatchObject({ code: "container_ended" });
		expect(ended.waited()).toBe(70_000); // a minute of grace, for what is shown late
	});

	it("allows a host five minutes of silence in a row", async () => {
		const one = fakeContract();
		const silent = (look: number) => look !== 25;
		one.happens((look) => Object.assign(one.contract, { actual: silent(look) ? "offline" : "loading" }));
		expect(await refusal(wait(one))).toMatchObject({ code: "host_silent" });
		expect(one.waited()).toBe(25 * 10_000 + 10_000 + 5 * MINUTE + 10_000);
	});

	it("ends with a contract that is gone, and with Ctrl-C", async () => {
		const one = fakeContract();
		states(one, { id: 0 });
		expect(await refusal(wait(one))).toEqual({
			code: "contract_gone",
			message: "contract 7 of gpu-1 is gone in the middle of the rollout",
			hint: "cres instance list, then cres deploy gpu-1 --replace",
		});
		const other = fakeContract();
		const stop = new AbortController();
		other.happens(() => stop.abort(new Error("stopped")));
		const ports = { ...other.ports, signal: stop.signal };
		await expect(awaitContainer(ports, other.own, () => {})).rejects.toThrow("stopped");
	});
});

describe("looking for the build behind the new endpoint", () => {
	const connect = (one: FakeContract) => connectBuild(one.ports, one.own, NEW, report(one));
	const refused = new UserError("ssh_refused", "it refuses the key");

	it("tries again until it answers, and says where it does and who vouches for it", async () => {
		const one = fakeContract();
		one.refusals.push(refused, new UserError("wrong_instance", "that is contract 8"));
		await connect(one);
		expect(one.reports).toEqual(["attempt 1: it refuses the key", "attempt 2: that is contract 8"]);
		expect(one.own.run).toMatchObject({
			generation: 2,
			facts: ["generation 2 at 192.0.2.1:4001 (direct), host key SHA256:f, named by the instance's log"],
		});
		expect(one.open()).toBe(1);
		expect(one.waited()).toBe(10_000);
	});

	it("ends the connection of before", async () => {
		const one = fakeContract();
		one.own.connected = await one.own.connect(undefined as never, undefined as never);
		await connect(one);
		expect(one.open()).toBe(1);
	});

	it("waits until its on-start has run", async () => {
		const one = fakeContract();
		one.container.id = "";
		one.happens(() => Object.assign(one.container, { id: "89abcdef" }));
		await connect(one);
		expect(one.reports).toEqual(["attempt 1: on-start of gpu-1 has not run yet"]);
		expect(one.open()).toBe(1);
	});

	it("gives up after ten minutes, and at once at what does not pass", async () => {
		const one = fakeContract();
		one.refusals.push(...Array.from({ length: 500 }, () => refused));
		expect(await refusal(connect(one))).toMatchObject({ code: "ssh_refused" });
		expect(one.waited()).toBe(10 * MINUTE + 5_000);
		const other = fakeContract();
		other.refusals.push(new UserError("ssh_key_missing", "no such file"));
		expect(await refusal(connect(other))).toMatchObject({ code: "ssh_key_missing" });
		expect(other.waited()).toBe(0);
	});

	it.each([
		["stopped", "contract_stopped"],
		["exited", "container_ended"],
	] as const)("ends when the contract is %s", async (actual, code) => {
		const one = fakeContract();
		one.refusals.push(refused, refused, refused);
		one.happens(() => Object.assign(one.contract, { actual }));
		expect(await refusal(connect(one))).toMatchObject({ code });
		expect(one.waited()).toBe(5_000);
	});

	it.each([
		["build", { buildId: OLD }, `${OLD} still ran: recycled once more`],
		["on-start", { rollout: "20261128T000000.000-3" }, `${NEW} still ran: recycled once more`],
	] as const)("recycles once more where the old %s runs", async (_what, old, fact) => {
		const one = fakeContract();
		Object.assign(one.container, old);
		one.happens(() => {
			one.contract.ports = { "22/tcp": 4002 };
			Object.assign(one.container, { buildId: NEW, rollout: ROLLOUT });
		});
		await connect(one);
		expect(one.calls).toEqual(["recycle"]);
		expect(one.own.run.facts).toEqual([fact, expect.stringContaining("generation 2 at 192.0.2.1:4002")]);
		expect(one.notes).toHaveLength(1);
		expect(one.journal).toEqual([{ event: "note", text: "recycle once more: the old image still ran" }]);
		expect(one.open()).toBe(1);
	});

	it.each([
		[{ buildId: OLD }, `gpu-1 runs ${OLD} after two recycles, not what was staged (${NEW})`],
		[
			{ rollout: "20261128T000000.000-3" },
			`gpu-1 runs ${NEW} with the previous on-start after two recycles, not what was staged (${NEW})`,
		],
	])("recycles no third time: %j", async (old, message) => {
		const one = fakeContract();
		Object.assign(one.container, old);
		one.happens((wait) => void (one.contract.ports = { "22/tcp": 4001 + wait }));
		expect(await refusal(connect(one))).toMatchObject({ code: "wrong_build", message });
		expect(one.calls).toEqual(["recycle"]);
	});
});

describe("staging and recycling", () => {
	const staged = (one: FakeContract, image = one.contract.image) =>
		stage(one.ports, one.own, { image, env: {}, onstart: one.contract.onstart! });

	it("believes only what the contract shows afterwards", async () => {
		const one = fakeContract();
		await staged(one);
		expect(one.own.begun).toBe("stage");
		expect(await refusal(staged(one, "registry.test/cres/worker:b-c"))).toEqual({
			code: "stage_not_taken",
			message: "contract 7 still has registry.test/cres/worker:b-b staged, not registry.test/cres/worker:b-c",
			hint: "cres deploy gpu-1",
		});
		const { image } = one.contract;
		const other = stage(one.ports, one.own, { image, env: {}, onstart: "# cres on-start of rollout r\n# run spec s" });
		expect(await refusal(other)).toMatchObject({ code: "stage_not_taken" });
		await expect(stage(one.ports, one.own, { image, env: {} })).resolves.toBeUndefined();
	});

	it("looks after a lost reply, and fails at any other fault", async () => {
		const one = fakeContract();
		one.own.account.api.stage = () => Promise.reject(LOST());
		await expect(staged(one)).resolves.toBeUndefined();
		one.own.account.api.stage = () => Promise.reject(new UserError("vast_refused", "no"));
		expect(await refusal(staged(one))).toMatchObject({ code: "vast_refused" });
	});

	it("keeps in mind that the container has gone already", async () => {
		const one = fakeContract();
		one.own.begun = "recycle";
		await staged(one);
		expect(one.own.begun).toBe("recycle");
	});

	it("repeats a recycle only after it was seen to have come to nothing", async () => {
		const one = fakeContract();
		let [lost, calls] = [1, 0];
		one.own.account.api.recycle = async () => {
			calls++;
			if (lost-- > 0) throw LOST();
		};
		await recycle(one.ports, one.own);
		expect([calls, one.waited()]).toEqual([2, 30_000]);
		expect(one.notes).toEqual(["the reply to the recycle was lost and nothing came of it: it is asked for once more"]);
		lost = 1;
		one.happens(() => Object.assign(one.contract, { actual: "recycling" }));
		await recycle(one.ports, one.own);
		expect([calls, one.waited()]).toEqual([3, 40_000]);
		expect(one.own).toMatchObject({ begun: "recycle", replaced: { wasUp: true } });
		one.own.account.api.recycle = () => Promise.reject(new UserError("vast_refused", "no"));
		expect(await refusal(recycle(one.ports, one.own))).toMatchObject({ code: "vast_refused" });
	});
});
