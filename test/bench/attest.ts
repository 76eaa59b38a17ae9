import { attestSmoke } from "../../src/attest/attest.ts";
import { openSigner } from "../../src/attest/signer.ts";
import { statementOf } from "../../src/attest/statement.ts";
import { verifySmoke } from "../../src/attest/verify.ts";
import { digestOfBytes, type Digest } from "../../src/registry/image-reference.ts";
import { keyPair, portsOf, pushImage, reportOf, REPOSITORY } from "../attest/world.ts";
import { dockerRegistry } from "../support/docker-registry.ts";
import { inTurns, median, millis, mustRun, ratioLine, say } from "./measure.ts";

const ROUNDS = 15;
const AIM_MS = 300;

/** What an attestation costs, with Debian's registry on loopback, beside the push of one blob by curl. */
export async function attestBench(): Promise<void> {
	await using debian = await dockerRegistry();
	const registry = debian.client();
	const pair = keyPair();
	const ports = portsOf(registry, { keys: { ci: pair.publicKey }, privateKey: pair.privateKey });
	let images = 0;
	const timed = async (work: (digest: Digest) => Promise<unknown>): Promise<number> => {
		const digest = await pushImage(registry, `image ${++images}`);
		const started = performance.now();
		await work(digest);
		return performance.now() - started;
	};
	const all = async (digest: Digest) => {
		await attestSmoke(ports, reportOf(digest));
		await verifySmoke(ports, digest);
	};
	const first = await timed(all);
	const times = await inTurns(ROUNDS, {
		"blob by curl": () => timed((digest) => pushByHand(debian.address, digest)),
		sign: () =>
			timed(async (digest) =>
				(await openSigner(ports)).sign(statementOf(REPOSITORY, digest, "smoke", reportOf(digest))),
			),
		"sign, attach, verify": () => timed(all),
	});
	const whole = median(times["sign, attach, verify"]);
	say(`  sign, attach and verify: ${millis(whole)} (median of ${ROUNDS}, aim ≤ ${millis(AIM_MS)});`);
	say(`  ${millis(first)} the first time, which loads the packages of Sigstore`);
	for (const [name, values] of Object.entries(times)) say(ratioLine(name, values, times["blob by curl"]));
}

/** The two requests of an upload in one piece. */
async function pushByHand(address: string, text: string): Promise<void> {
	const uploads = `http://${address}/v2/${REPOSITORY}/blobs/uploads/`;
	const { stdout } = await mustRun("curl", ["-sS", "-f", "-X", "POST", "-D", "-", "-o", "/dev/null", uploads]);
	const location = /^location:\s*(\S+)/im.exec(stdout)![1]!;
	const digest = digestOfBytes(text);
	const type = "Content-Type: application/octet-stream";
	await mustRun("curl", ["-sS", "-f", "-X", "PUT", "-H", type, "--data-binary", text, `${location}&digest=${digest}`]);
}
