import type { Digest } from "../../src/registry/image-reference.ts";
import { makeMachine, REPOSITORY, type Machine } from "../promotion/machine.ts";
import { pushApp, startRegistry, type RealRegistry } from "../support/real-registry.ts";
import { inTurns, millis, median, ratioLine, say } from "./measure.ts";

const ROUNDS = 20;
const ACCEPT = "application/vnd.oci.image.manifest.v1+json";

/**
 * A promotion with its checks, records and docs/PLAN.md entry beside the same by hand: two requests. The start of the
 * command and the look at the attestation come on top.
 */
export async function promoteBench(): Promise<void> {
	const server = await startRegistry();
	const machine = await makeMachine(server.client());
	try {
		const pushed = ["111111111111", "222222222222"].map((build) => pushApp(server.client(), REPOSITORY, build));
		report(await measured(server, machine, await Promise.all(pushed)));
	} finally {
		await machine.remove();
		await server.close();
	}
}

function measured(server: RealRegistry, machine: Machine, digests: readonly Digest[]) {
	const turn = { cres: 0, hand: 0 };
	return inTurns(ROUNDS, {
		cres: () => timed(() => machine.promote(digests[turn.cres++ % 2]!, "canary")),
		hand: () => timed(() => byHand(server.address, digests[turn.hand++ % 2]!)),
	});
}

async function timed(work: () => Promise<unknown>): Promise<number> {
	const started = performance.now();
	await work();
	return performance.now() - started;
}

/** What re-tags a digest at the least: its manifest, and the same under the tag. */
async function byHand(address: string, digest: Digest): Promise<void> {
	const at = (reference: string) => `http://${address}/v2/${REPOSITORY}/manifests/${reference}`;
	const manifest = await fetch(at(digest), { headers: { accept: ACCEPT } });
	const body = await manifest.arrayBuffer();
	const { ok, status } = await fetch(at("stable"), { method: "PUT", headers: { "content-type": ACCEPT }, body });
	if (!ok) throw new Error(`HTTP ${status} to PUT stable`);
}

function report({ cres, hand }: Record<"cres" | "hand", number[]>): void {
	say(`  medians of ${ROUNDS}; of a promotion at least 100 ms are the wait before it is verified`);
	say(ratioLine("by hand, two requests", hand, hand));
	say(ratioLine("promotion, recorded", cres, hand));
	say(`  over the same by hand    ${millis(median(cres) - median(hand))}`);
}
