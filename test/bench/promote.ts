import { join } from "node:path";
import type { Digest } from "../../src/registry/image-reference.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { systemClock } from "../../src/system/clock.ts";
import { keyPair, smokedAgo } from "../attest/world.ts";
import { makeMachine, REPOSITORY, type Machine } from "../promotion/machine.ts";
import { pushApp, startRegistry, type RealRegistry } from "../support/real-registry.ts";
import { ROOT } from "../support/sources.ts";
import { inTurns, millis, median, mustRun, ratioLine, say } from "./measure.ts";

const ROUNDS = 20;
const AIM_MS = 500;
const NEVER = new AbortController().signal;
const ACCEPT = "application/vnd.oci.image.manifest.v1+json";

/**
 * A promotion with its checks, records and docs/PLAN.md entry beside the same by hand: two requests. Then the whole
 * command, with its start and the look at the attestation.
 */
export async function promoteBench(): Promise<void> {
	const server = await startRegistry();
	const machine = await makeMachine(server.client());
	try {
		const pushed = ["111111111111", "222222222222"].map((build) => pushApp(server.client(), REPOSITORY, build));
		const digests = await Promise.all(pushed);
		report(await measured(server, machine, digests));
		await wholeCommand(server, digests);
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

/** The command as a person types it: its start, and the look at an attestation that was really signed, included. */
async function wholeCommand(server: RealRegistry, digests: readonly Digest[]): Promise<void> {
	const pair = keyPair();
	const machine = await makeMachine(server.client(), { settings: { attest: { keys: { ci: pair.publicKey } } } });
	const config = { ...machine.config, secret: () => new Secret(pair.privateKey) };
	const signing = { config, clock: systemClock, signal: NEVER, registry: async () => server.client() };
	for (const digest of digests) await smokedAgo(signing, digest, 1_000);
	const times: number[] = [];
	for (let round = 0; round < ROUNDS; round++) {
		const args = [join(ROOT, "bin/run.js"), "promote", digests[round % 2]!, "canary"];
		times.push(await timed(() => mustRun(process.execPath, args, { cwd: machine.root })));
	}
	await machine.remove();
	say(`  cres promote as a command ${millis(median(times))} (aim ≤ ${AIM_MS} ms), with its start and the attestation`);
}

function report({ cres, hand }: Record<"cres" | "hand", number[]>): void {
	say(`  medians of ${ROUNDS}; of a promotion at least 100 ms are the wait before it is verified`);
	say(ratioLine("by hand, two requests", hand, hand));
	say(ratioLine("promotion, recorded", cres, hand));
	say(`  over the same by hand    ${millis(median(cres) - median(hand))}`);
}
