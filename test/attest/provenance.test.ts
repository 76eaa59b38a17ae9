import { describe, expect, it } from "vitest";
import { attestBuild, provenanceOf, provenanceSigner } from "../../src/attest/provenance.ts";
import { readAttestations } from "../../src/attest/read.ts";
import { LABEL, OCI } from "../../src/contracts/labels.ts";
import type { Digest } from "../../src/registry/image-reference.ts";
import { fakeImageIn, keyPair, NOW, portsOf, REPOSITORY, type Signer } from "./world.ts";
import { loopbackRegistry } from "../registry/loopback-registry.ts";
import { refusal } from "../support/refusal.ts";

const COMMIT = "c".repeat(40);
const FACTS = {
	...{ [LABEL.kind]: "app", [LABEL.flavour]: "cpu", [LABEL.buildId]: "0123456789ab", [LABEL.inputs]: "i".repeat(64) },
	...{ [OCI.revision]: COMMIT, [OCI.version]: "0.1.0", [OCI.source]: "https://git.test/owner/app" },
	...{ [OCI.baseName]: `${REPOSITORY}-base`, [OCI.baseDigest]: `sha256:${"b".repeat(64)}` },
};
const run = { digest: `sha256:${"d".repeat(64)}` as Digest, startedAt: NOW - 60_000, finishedAt: NOW, cres: "0.1.0" };

describe("provenance", () => {
	it("says from what the image was built, by what and when", () => {
		expect(provenanceOf(REPOSITORY, FACTS, run)).toEqual({
			buildDefinition: {
				buildType: "urn:cres:build:v1",
				externalParameters: { repository: REPOSITORY, image: "app", flavour: "cpu" },
				internalParameters: {
					...{ buildId: "0123456789ab", inputs: "i".repeat(64), version: "0.1.0", uncommitted: false },
				},
				resolvedDependencies: [
					{ name: "source", uri: `git+https://git.test/owner/app@${COMMIT}`, digest: { gitCommit: COMMIT } },
					{ name: "base", uri: `${REPOSITORY}-base`, digest: { sha256: "b".repeat(64) } },
				],
			},
			runDetails: {
				builder: { id: "urn:cres:builder", version: { cres: "0.1.0" } },
				metadata: { startedOn: "2026-11-29T11:59:00.000Z", finishedOn: "2026-11-29T12:00:00.000Z" },
			},
		});
	});

	it("tells of changes that were not committed", () => {
		const { buildDefinition } = provenanceOf(REPOSITORY, { ...FACTS, [OCI.revision]: `${COMMIT}-dirty` }, run);
		expect(buildDefinition.internalParameters.uncommitted).toBe(true);
		expect(buildDefinition.resolvedDependencies[0]!.digest).toEqual({ gitCommit: COMMIT });
	});

	it("of an image that is not there is not signed", async () => {
		const { client } = await loopbackRegistry();
		const pair = keyPair();
		const ports = portsOf(client(), { keys: { ci: pair.publicKey }, privateKey: pair.privateKey });
		expect(await refusal(attestBuild(ports, run))).toMatchObject({
			code: "image_missing",
			hint: "cres build all --push",
		});
	});

	it("is attested of what a build has pushed, when there is a key", async () => {
		const { client } = await loopbackRegistry();
		const registry = client();
		const digest = await fakeImageIn(registry, REPOSITORY, FACTS);
		const pair = keyPair();
		const keys = { ci: pair.publicKey };
		const notes: string[] = [];
		const progress = { note: (text: string) => void notes.push(text) };
		const signerOf = (signer: Signer) => provenanceSigner({ ...portsOf(registry, signer), progress }, "0.1.0");
		await signerOf({ keys: {} }).sign(digest);
		expect(notes).toEqual([]);
		await signerOf({ keys }).assertReady();
		await signerOf({ keys }).sign(digest);
		expect(notes).toEqual(["provenance not attested: ATTEST_KEY has no value"]);
		const signer = signerOf({ keys, privateKey: pair.privateKey });
		await signer.assertReady();
		await signer.sign(digest);
		const { attestations } = await readAttestations(portsOf(registry, { keys }), digest);
		expect(attestations).toMatchObject([{ kind: "provenance", verdict: "ok", signedAt: "2026-11-29T12:00:00.000Z" }]);
		expect(notes.at(-1)).toBe(`provenance of ${digest} attested as ${attestations[0]!.attestation}`);
	});

	it("is refused before anything is built with a key that cres.yaml does not name", async () => {
		const { client } = await loopbackRegistry();
		const ports = portsOf(client(), { keys: {}, privateKey: keyPair().privateKey });
		const signer = provenanceSigner({ ...ports, progress: { note: () => {} } }, "0.1.0");
		expect(await refusal(signer.assertReady())).toMatchObject({ code: "attest_key_invalid" });
	});
});
