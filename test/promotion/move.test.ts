import { afterEach, describe, expect, it } from "vitest";
import { UserError } from "../../src/errors/errors.ts";
import { promote } from "../../src/promotion/promote.ts";
import type { Digest } from "../../src/registry/image-reference.ts";
import { createRegistry } from "../../src/registry/registry.ts";
import type { Asked, Reply } from "../support/loopback-server.ts";
import { pushApp } from "../support/real-registry.ts";
import { loopbackRegistry } from "../registry/loopback-registry.ts";
import { makeMachine, REPOSITORY, type Machine } from "./machine.ts";

const TAG = `/v2/${REPOSITORY}/manifests/canary`;
let machine: Machine;
afterEach(() => machine?.remove());

interface World {
	first: Digest;
	second: Digest;
	third: Digest;
	/** Lets the channel resolve to another build behind everybody's back. */
	moveTo: (buildId: string) => void;
}

/** The channel resolves to the first of three images; what `instead` returns is answered in place of the registry. */
async function world(instead: (asked: Asked, world: World) => Reply | undefined): Promise<World> {
	let made: World | undefined;
	const server = await loopbackRegistry({ instead: (asked) => made && instead(asked, made) });
	const options = { timeoutMs: 300, tries: 2, retryMs: 1 };
	const registry = createRegistry({ address: server.host, tls: false }, undefined, options);
	const push = (buildId: string) => pushApp(registry, REPOSITORY, buildId);
	const [first, second, third] = [await push("111111111111"), await push("222222222222"), await push("333333333333")];
	const moveTo = (buildId: string) =>
		void server.stored.set(TAG, server.stored.get(`/v2/${REPOSITORY}/manifests/b-${buildId}`)!);
	machine = await makeMachine(registry);
	await machine.promote(first, "canary");
	return (made = { first, second, third, moveTo });
}

const isLook = ({ method, path }: Asked) => method === "HEAD" && path === TAG;
const isMove = ({ method, path }: Asked) => method === "PUT" && path === TAG;
const outcome = async () => (await machine.records()).at(-1)!.outcome;

describe("a channel that somebody else moves", () => {
	it("between the look and the change stays as it is then", async () => {
		let looks = 0;
		const { second, third } = await world((asked, { moveTo }) => {
			if (isLook(asked) && ++looks === 2) moveTo("333333333333");
			return undefined;
		});
		await expect(machine.promote(second, "canary")).rejects.toMatchObject({
			code: "channel_moved",
			exit: "busy",
			message: expect.stringMatching(`^canary resolves to ${third} now: .*; nothing was changed$`) as string,
			hint: expect.stringContaining("cres channels") as string,
		});
		expect(await outcome()).toBe("lost");
		expect(await machine.plan()).not.toContain("Promote 222222222222");
	});

	it("right after the change: the loser says so, and what stands now", async () => {
		let looks = 0;
		const { second, first } = await world((asked, { moveTo }) => {
			if (isLook(asked) && ++looks === 3) moveTo("111111111111");
			return undefined;
		});
		await expect(machine.promote(second, "canary")).rejects.toMatchObject({
			code: "channel_moved",
			message: `canary resolves to ${first} now: somebody else promoted it at the same time, and ${second} does not stand`,
		});
		expect(await outcome()).toBe("lost");
	});

	it("in a registry that compares (If-Match) is not overwritten", async () => {
		const { second } = await world((asked, { moveTo }) => {
			if (isMove(asked)) moveTo("333333333333");
			return isMove(asked) ? { status: 412 } : undefined;
		});
		await expect(machine.promote(second, "canary")).rejects.toMatchObject({
			code: "channel_moved",
			message: expect.stringMatching(/nothing was changed$/) as string,
		});
	});
});

describe("a registry that fails in the middle", () => {
	it.each([500, 503])("with HTTP %s after it took the change has promoted", async (status) => {
		const { second } = await world((asked, { moveTo }) => {
			if (!isMove(asked)) return undefined;
			moveTo("222222222222");
			return { status };
		});
		expect(await machine.promote(second, "canary")).toMatchObject({ outcome: "promoted", digest: second });
	});

	it.each([
		[429, "registry_error"],
		[503, "registry_error"],
		[500, "registry_error"],
		[401, "registry_unauthorized"],
	])("with HTTP %s has not, and says what stands", async (status, code) => {
		const { first, second } = await world((asked) => (isMove(asked) ? { status } : undefined));
		await expect(machine.promote(second, "canary")).rejects.toMatchObject({
			code,
			message: expect.stringMatching(`HTTP ${status}.*; canary resolves to ${first} as before$`) as string,
		});
		expect(await outcome()).toBe("failed");
	});

	it("right after it took the change has promoted, which is not verified", async () => {
		let taken = false;
		const { second } = await world((asked) => {
			if (taken) return { status: 502 };
			taken = isMove(asked);
			return undefined;
		});
		await expect(machine.promote(second, "canary")).rejects.toMatchObject({
			message: expect.stringMatching(/canary was moved, which could not be verified: cres channels$/) as string,
		});
		expect(await outcome()).toBe("interrupted");
	});

	it("Ctrl-C right after the change says that it was made and not verified", async () => {
		const interrupt = new AbortController();
		const { second } = await world((asked) => {
			if (isMove(asked)) interrupt.abort(new UserError("interrupted", "interrupted by the operator"));
			return undefined;
		});
		const options = { source: second, channel: "canary", expect: undefined, dryRun: false };
		await expect(promote(machine.ports({ signal: interrupt.signal }), options)).rejects.toMatchObject({
			code: "interrupted",
			message: expect.stringMatching(/^interrupted by the operator; canary was moved/) as string,
		});
		expect(await outcome()).toBe("interrupted");
	});

	it("and answers nothing any more: nobody knows", async () => {
		let cut = false;
		const { second } = await world((asked) => {
			cut ||= isMove(asked);
			return cut ? { status: 502 } : undefined;
		});
		await expect(machine.promote(second, "canary")).rejects.toMatchObject({
			message: expect.stringMatching(/whether canary was moved is not known: cres channels$/) as string,
		});
		expect(await outcome()).toBe("interrupted");
	});
});
