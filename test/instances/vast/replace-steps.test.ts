import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../../src/errors/catalogue.ts";
import { UserError } from "../../../src/errors/errors.ts";
import type { SshSession } from "../../../src/instances/ssh/session.ts";
import { createReplacement } from "../../../src/instances/vast/replace/steps.ts";
import type { Replacement } from "../../../src/instances/vast/replace/replacement.ts";
import { fakeContract, type FakeContract } from "../../support/fake-contract.ts";
import { refusal } from "../../support/refusal.ts";

const call = { signal: new AbortController().signal, report: () => {} };
const replacement = (one: FakeContract, change: Partial<Replacement> = {}): Replacement => {
	const { run, next, known, account } = one.own;
	const seen = {
		...{ account, contract: one.contract, connected: undefined, interrupted: undefined, leftovers: [] },
		...{ recorded: undefined, reference: "", publicKey: "", offers: [] },
	};
	return {
		...{ seen, run, next, known, finishes: false, fresh: one.own, tried: [], asked: false, drained: false },
		...{ takenOver: false, left: undefined },
		...change,
	};
};

describe("a change of contracts whose step fails", () => {
	const connect = { kind: "connect", title: "t", phase: "prove", buildId: "b" } as const;
	const failing = async (code: ErrorCode, change: Partial<Replacement> = {}) => {
		const one = fakeContract();
		one.refusals.push(new UserError(code, "no", { hint: "its own hint" }));
		return (await refusal(createReplacement(one.ports, replacement(one, change)).perform(connect, call))).hint;
	};

	it.each<[ErrorCode, string]>([
		["host_silent", "cres deploy gpu-1 --replace"],
		["vast_refused", "cres deploy gpu-1 --replace"],
		["vast_key_missing", "its own hint"],
	])("by %s says what to type, as the new contract does not stay", async (code, hint) => {
		expect(await failing(code)).toBe(hint);
	});

	it.each<ErrorCode>(["host_silent", "vast_key_missing"])(
		"by %s says what to type where the contract is only finished, and stays",
		async (code) => {
			expect(await failing(code, { finishes: true })).toBe("cres logs gpu-1, then cres deploy gpu-1");
		},
	);

	it("before it is finished says what ends it", async () => {
		const one = fakeContract();
		const api = { setLabel: () => Promise.reject(new Error("HTTP 503")) };
		const own = replacement(one, { finishes: true });
		own.seen.account = { ...own.seen.account, api } as unknown as typeof own.seen.account;
		const ports = { ...one.ports, config: { ...one.ports.config, project: "q" } };
		const finish = { kind: "finish", title: "t", phase: "prepare", exclusive: true, contract: 7, old: null } as const;
		expect(await refusal(createReplacement(ports, own).perform(finish, call))).toEqual({
			...{ code: "unfinished", message: "gpu-1 runs on contract 7 now, but: HTTP 503" },
			hint: "cres deploy gpu-1 --replace ends it",
		});
	});
});

describe("the contract of before", () => {
	const retire = {
		kind: "retire",
		title: "t",
		phase: "cleanup",
		exclusive: true,
		contract: 6,
		label: "cres/p/gpu-1",
	} as const;
	const finish = { kind: "finish", title: "t", phase: "prepare", exclusive: true, contract: 7, old: 6 } as const;

	it.each([
		["retire", retire, "cres/p/gpu-1", ["destroy 6", "label 7"]],
		["retire", retire, "cres/other/gpu-1", ["label 7"]],
		["finish", finish, "cres/p/gpu-1", ["destroy 6", "label 7"]],
		["finish", finish, "cres/other/gpu-1", ["label 7"]],
	])("by %s is destroyed only as long as it is the instance's: %#", async (_kind, step, label, calls) => {
		const one = fakeContract({ label: "cres/p/gpu-1/new-r-6" });
		const old = { ...one.contract, id: 6, label };
		const own = replacement(one);
		const api = {
			destroy: async (id: number) => void (one.calls.push(`destroy ${id}`), (old.actual = "destroyed")),
			setLabel: async (id: number, to: string) => void (one.calls.push(`label ${id}`), (one.contract.label = to)),
		};
		const read = async (id: number) => (id === 6 ? old : one.contract);
		own.seen.account = { ...own.seen.account, read, api } as unknown as typeof own.seen.account;
		const ports = { ...one.ports, config: { ...one.ports.config, project: "p" } };
		await createReplacement(ports, own).perform(step, call);
		expect([one.calls, one.contract.label]).toEqual([calls, "cres/p/gpu-1"]);
		expect(own.run.facts).toHaveLength(calls.length - 1);
	});
});

it("an old worker that cannot be drained ends with its contract, and is told", async () => {
	const one = fakeContract();
	const session = { exec: () => Promise.reject(new Error("the connection was lost")) } as unknown as SshSession;
	const own = replacement(one);
	own.seen.connected = { session } as unknown as NonNullable<typeof own.seen.connected>;
	own.run.note = (text) => void one.notes.push(text);
	const execution = createReplacement(one.ports, own);
	expect(execution.touched()).toBe(false);
	await execution.perform({ kind: "drain", title: "t", phase: "swap", contract: 7 } as never, call);
	expect(one.notes).toEqual(["the old worker was not drained: the connection was lost"]);
	expect(execution.touched()).toBe(true);
});
