import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { attestAs, attestSmoke } from "../../src/attest/attest.ts";
import { PREDICATE } from "../../src/attest/statement.ts";
import type { Digest } from "../../src/registry/image-reference.ts";
import type { Registry } from "../../src/registry/registry.ts";
import { loopbackRegistry } from "../registry/loopback-registry.ts";
import { startRegistry } from "../support/real-registry.ts";
import { ROOT } from "../support/sources.ts";
import { keyPair, portsOf, pushImage, reportOf, REPOSITORY } from "./world.ts";

const runs = promisify(execFile);
let oras: string;
beforeAll(async () => {
	const { stdout } = await runs(process.execPath, [join(ROOT, "scripts/oras.js")], { maxBuffer: 8 << 20 });
	oras = stdout.trim();
}, 900_000);

/** What the guide tells to type, with what it leaves open filled in. */
const typed = async (image: string): Promise<string[][]> =>
	(await readFile(join(ROOT, "docs/guide/attestations.md"), "utf8"))
		.split("\n")
		.flatMap((line) => /^ {4}oras (.*)$/.exec(line)?.[1] ?? [])
		.map((line) => [...line.replace("REGISTRY/REPOSITORY@sha256:…", image).split(" "), "--plain-http"]);

/** An image with an attestation of each kind; their manifests. */
async function attested(registry: Registry): Promise<{ image: string; manifests: Digest[] }> {
	const digest = await pushImage(registry);
	const { publicKey, privateKey } = keyPair();
	const ports = portsOf(registry, { keys: { ci: publicKey }, privateKey });
	const written = [
		await attestSmoke(ports, reportOf(digest)),
		await attestAs(ports, digest, "provenance", {}),
		await attestAs(ports, digest, "sbom", {}),
	];
	return {
		image: `${registry.address}/${REPOSITORY}@${digest}`,
		manifests: written.map(({ manifest }) => manifest),
	};
}

interface Discovered {
	referrers: { digest: string; artifactType: string; annotations?: Record<string, string> }[];
}

/** What both commands of the guide print of an image. */
async function discover(registry: Registry) {
	const { image, manifests } = await attested(registry);
	const printed: string[] = [];
	for (const args of await typed(image)) printed.push((await runs(oras, args)).stdout);
	const [tree, json, ...others] = printed;
	expect(others).toEqual([]);
	return { manifests, tree: tree!, found: (JSON.parse(json!) as Discovered).referrers };
}

describe("oras discover lists the attestations of an image", () => {
	it("in a registry without the referrers API: Debian's", async () => {
		const server = await startRegistry();
		try {
			const { manifests, tree, found } = await discover(server.client());
			expect(found.map(({ digest }) => digest).toSorted()).toEqual(manifests.toSorted());
			const types = found.map(({ annotations }) => annotations?.["dev.sigstore.bundle.predicateType"] ?? "none");
			expect(types.toSorted()).toEqual(Object.values(PREDICATE).toSorted());
			expect(new Set(found.map(({ artifactType }) => artifactType))).toEqual(
				new Set(["application/vnd.dev.sigstore.bundle.v0.3+json"]),
			);
			for (const manifest of manifests) expect(tree).toContain(manifest);
		} finally {
			await server.close();
		}
	});

	it("in a registry with the referrers API", async () => {
		const { client } = await loopbackRegistry({ referrersPage: 2 });
		const { manifests, tree, found } = await discover(client());
		expect(found.map(({ digest }) => digest).toSorted()).toEqual(manifests.toSorted());
		for (const manifest of manifests) expect(tree).toContain(manifest);
	});
});
