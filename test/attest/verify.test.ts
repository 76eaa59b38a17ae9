import { describe, expect, it } from "vitest";
import { attestAs, attestSmoke } from "../../src/attest/attest.ts";
import { BUNDLE_TYPE } from "../../src/attest/bundle-schema.ts";
import { readAttestations } from "../../src/attest/read.ts";
import { verifySmoke } from "../../src/attest/verify.ts";
import type { Digest } from "../../src/registry/image-reference.ts";
import { attach } from "../../src/registry/referrers.ts";
import type { Registry } from "../../src/registry/registry.ts";
import { loopbackRegistry } from "../registry/loopback-registry.ts";
import { refusal } from "../support/refusal.ts";
import { DAY, keyPair, NOW, portsOf, pushImage, reportOf, REPOSITORY, smokedAgo, type Signer } from "./world.ts";

const HOUR = 3_600_000;
const [ci, stranger] = [keyPair(), keyPair()];
const keys = { ci: ci.publicKey };

async function world(referrersPage?: number) {
	const { client } = await loopbackRegistry(referrersPage === undefined ? {} : { referrersPage });
	const registry = client();
	const digest = await pushImage(registry);
	const signer = (over: Partial<Signer> = {}) => portsOf(registry, { keys, privateKey: ci.privateKey, ...over });
	const verifier = (now = NOW, trusted: Record<string, string> = keys) => portsOf(registry, { keys: trusted, now });
	return { registry, digest, signer, verifier };
}

/** The bytes of the one bundle of an image. */
async function bundleOf(registry: Registry, manifest: Digest): Promise<Record<string, any>> {
	const { layers } = JSON.parse((await registry.manifest(REPOSITORY, manifest))!.bytes.toString());
	return JSON.parse((await registry.blob(REPOSITORY, layers[0].digest)).toString()) as Record<string, any>;
}

const attachBundle = (registry: Registry, digest: Digest, bundle: unknown): Promise<Digest> => {
	const bytes = Buffer.from(typeof bundle === "string" ? bundle : JSON.stringify(bundle));
	return attach(registry, REPOSITORY, digest, { type: BUNDLE_TYPE, bytes, annotations: {} }, async () => {});
};

describe.each([
	["with the referrers API", 1],
	["without it", undefined],
])("an attested smoke test, in a registry %s", (_, page) => {
	it("is read back, with who signed it and when", async () => {
		const { digest, signer, verifier } = await world(page);
		const report = reportOf(digest);
		const written = await attestSmoke(signer(), report);
		expect(await verifySmoke(verifier(), digest)).toEqual({
			...{ digest, predicateType: "urn:cres:smoke:v1", attestation: written.manifest },
			...{ key: "ci", keyId: written.keyId, signedAt: "2026-11-29T12:00:00.000Z", ageMs: 40_000 },
			...{ smoke: report, passedBy: [] },
		});
	});

	it("is the newest one that counts", async () => {
		const { digest, signer, verifier } = await world(page);
		const [old, young] = [signer({ now: NOW - DAY }), signer()];
		for (const ports of [old, young, old]) await attestSmoke(ports, reportOf(digest));
		expect(await verifySmoke(verifier(), digest)).toMatchObject({ signedAt: "2026-11-29T12:00:00.000Z" });
	});
});

describe("the keyid of a signature", () => {
	it("is empty: cosign would compare it with the fingerprint that SSH gives the key", async () => {
		const { registry, digest, signer } = await world();
		const { keyId, manifest } = await attestSmoke(signer(), reportOf(digest));
		const { dsseEnvelope, verificationMaterial } = await bundleOf(registry, manifest);
		expect(dsseEnvelope.signatures).toEqual([{ keyid: "", sig: expect.any(String) as string }]);
		expect(verificationMaterial.publicKey).toEqual({ hint: keyId });
	});

	it("may be that of the key, as earlier versions wrote it", async () => {
		const { registry, digest, signer, verifier } = await world();
		const { keyId, manifest } = await attestSmoke(signer({ now: NOW - HOUR }), reportOf(digest));
		const bundle = await bundleOf(registry, manifest);
		bundle["dsseEnvelope"].signatures[0].keyid = keyId;
		await attachBundle(registry, digest, bundle);
		const { attestations } = await readAttestations(verifier(), digest);
		expect(attestations.map(({ verdict, keyId: by }) => [verdict, by])).toEqual([
			["ok", keyId],
			["ok", keyId],
		]);
	});
});

describe("an attestation is refused", () => {
	it("where there is none", async () => {
		const { digest, verifier } = await world();
		expect(await refusal(verifySmoke(verifier(), digest))).toEqual({
			code: "attestation_missing",
			message: `no smoke test of ${digest} is attested`,
			hint: `cres smoke ${digest}`,
		});
	});

	it("of an image that is not there, which no smoke test could start", async () => {
		const { verifier } = await world();
		const gone = `sha256:${"0".repeat(64)}` as Digest;
		const missing = { code: "image_missing", message: expect.stringContaining(`has no ${gone}`) };
		expect(await refusal(verifySmoke(verifier(), gone))).toMatchObject(missing);
		expect(await refusal(readAttestations(verifier(), gone))).toMatchObject(missing);
	});

	it("that is only a list of packages", async () => {
		const { digest, signer, verifier } = await world();
		await attestAs(signer(), digest, "sbom", { creationInfo: { created: "2026-11-29T12:00:00Z" } });
		expect((await refusal(verifySmoke(verifier(), digest))).code).toBe("attestation_missing");
	});

	it("that another key has signed", async () => {
		const { digest, signer, verifier } = await world();
		const theirs = { keys: { them: stranger.publicKey }, privateKey: stranger.privateKey };
		const { manifest, keyId } = await attestSmoke(signer(theirs), reportOf(digest));
		expect(await refusal(verifySmoke(verifier(), digest))).toEqual({
			code: "attestation_untrusted",
			message: `${digest}: the attestation ${manifest} is signed by a key that cres.yaml does not name (${keyId})`,
			hint: `if it is yours, name its key under attest.keys, or its workflow under attest.keyless.identities, in cres.yaml; else cres smoke ${digest}`,
		});
		expect((await refusal(verifySmoke(verifier(NOW, {}), digest))).code).toBe("attestation_untrusted");
	});

	it("that another key has signed under the name of a trusted one", async () => {
		const { registry, digest, signer, verifier } = await world();
		const theirs = { keys: { them: stranger.publicKey }, privateKey: stranger.privateKey };
		const bundle = await bundleOf(registry, (await attestSmoke(signer(theirs), reportOf(digest))).manifest);
		const other = await pushImage(registry, "elsewhere");
		const { keyId } = await attestSmoke(signer(), reportOf(other));
		bundle["verificationMaterial"].publicKey.hint = keyId;
		await attachBundle(registry, digest, bundle);
		const told = await refusal(verifySmoke(verifier(), digest));
		expect(told.message).toContain("has a signature that does not fit what it says");
	});

	it("whose payload was changed", async () => {
		const { registry, digest, signer, verifier } = await world();
		const other = await pushImage(registry, "elsewhere");
		const bundle = await bundleOf(registry, (await attestSmoke(signer(), reportOf(other))).manifest);
		const payload = Buffer.from(bundle["dsseEnvelope"].payload, "base64").toString();
		bundle["dsseEnvelope"].payload = Buffer.from(payload.replaceAll(other.slice(7), digest.slice(7))).toString(
			"base64",
		);
		const changed = await attachBundle(registry, digest, bundle);
		expect(await refusal(verifySmoke(verifier(), digest))).toEqual({
			code: "attestation_invalid",
			message: `${digest}: the attestation ${changed} has a signature that does not fit what it says`,
			hint: `cres smoke ${digest}`,
		});
	});

	it("that is for another image", async () => {
		const { registry, digest, signer, verifier } = await world();
		const other = await pushImage(registry, "elsewhere");
		const bundle = await bundleOf(registry, (await attestSmoke(signer(), reportOf(other))).manifest);
		const moved = await attachBundle(registry, digest, bundle);
		expect(await refusal(verifySmoke(verifier(), digest))).toMatchObject({
			code: "attestation_invalid",
			message: `${digest}: the attestation ${moved} is for ${other}`,
		});
	});

	it.each([
		["of another type, listed as a smoke test", "provenance", { any: true }, "is listed as urn:cres:smoke:v1, but is"],
		["without a report in it", "smoke", { ok: true }, "holds no report of a smoke test (urn:cres:smoke:v1)"],
		["with the report of another image", "smoke", undefined, `holds the report of sha256:${"0".repeat(64)}`],
	] as const)("%s", async (_, kind, predicate, reason) => {
		const { registry, digest, signer, verifier } = await world();
		const signedAt = new Date(NOW).toISOString();
		const signed = predicate ?? { ...reportOf(`sha256:${"0".repeat(64)}`), signedAt };
		const { manifest } = await attestAs(signer(), digest, kind, signed);
		const bytes = Buffer.from(JSON.stringify(await bundleOf(registry, manifest)));
		const annotations = { "dev.sigstore.bundle.predicateType": "urn:cres:smoke:v1" };
		await attach(registry, REPOSITORY, digest, { type: BUNDLE_TYPE, bytes, annotations }, async () => {});
		const told = await refusal(verifySmoke(verifier(), digest));
		expect(told).toMatchObject({ code: "attestation_invalid", message: expect.stringContaining(reason) as string });
	});

	it.each(["no json", "{}", '{"mediaType":"x"}', ""])("that is no bundle: %j", async (text) => {
		const { registry, digest, verifier } = await world();
		await attachBundle(registry, digest, text);
		expect(await refusal(verifySmoke(verifier(), digest))).toMatchObject({
			code: "attestation_invalid",
			message: expect.stringContaining("is not a bundle of one signed statement") as string,
		});
	});

	it("that is larger than any of ours, without reading it", async () => {
		const { registry, digest, verifier } = await world();
		await attachBundle(registry, digest, `"${"x".repeat(1 << 20)}"`);
		expect(await refusal(verifySmoke(verifier(), digest))).toMatchObject({
			code: "attestation_invalid",
			message: expect.stringContaining("has 1048578 bytes, more than any of ours") as string,
		});
	});

	it("of a smoke test that failed: it is not signed, and would not count", async () => {
		const { digest, signer, verifier } = await world();
		const failed = reportOf(digest, { ok: false });
		expect((await refusal(attestSmoke(signer(), failed))).code).toBe("attestation_failed_smoke");
		await attestSmoke(signer({ now: NOW - HOUR }), reportOf(digest));
		const rungs = [{ name: "health", status: "fail", observed: "503", ms: 1 }] as const;
		await attestAs(signer(), digest, "smoke", { ...failed, rungs, signedAt: new Date(NOW).toISOString() });
		expect(await refusal(verifySmoke(verifier(), digest))).toMatchObject({
			code: "attestation_failed_smoke",
			message: expect.stringMatching(/ is of a smoke test that failed \(health\)$/) as string,
			hint: `cres attest show ${digest} tells which rung failed; then cres smoke ${digest}`,
		});
	});

	it("of a smoke test that ended too long ago, however late it was signed", async () => {
		const { digest, signer, verifier } = await world();
		await smokedAgo(signer(), digest, 30 * DAY);
		expect((await verifySmoke(verifier(), digest)).ageMs).toBe(30 * DAY);
		expect(await refusal(verifySmoke(verifier(NOW + 1), digest))).toMatchObject({
			code: "attestation_expired",
			message: expect.stringMatching(/ is of a smoke test that ended 30 d ago \(attest\.max_age: 30 d\)$/) as string,
			hint: `cres smoke ${digest}`,
		});
		expect((await verifySmoke(verifier(NOW + 1), digest, { expired: true })).ageMs).toBe(30 * DAY + 1);
	});
});

describe("clocks", () => {
	it.each([
		["an hour ahead", HOUR, 0],
		["an hour behind", -HOUR, HOUR + 40_000],
	])("may differ: the signer's is %s", async (_, skew, ageMs) => {
		const { digest, signer, verifier } = await world();
		await smokedAgo(signer({ now: NOW + skew }), digest, 40_000);
		expect(await verifySmoke(verifier(), digest)).toMatchObject({ ageMs });
	});

	it("may not differ by a day", async () => {
		const { digest, signer, verifier } = await world();
		await smokedAgo(signer({ now: NOW + DAY }), digest, 0);
		expect(await refusal(verifySmoke(verifier(), digest))).toMatchObject({
			code: "attestation_invalid",
			message: expect.stringMatching(/ is from the future by 24 h: compare the clocks$/) as string,
		});
	});
});

describe("several attestations", () => {
	it("one counts, and what is wrong with the others is told", async () => {
		const { registry, digest, signer, verifier } = await world();
		const theirs = { keys: { them: stranger.publicKey }, privateKey: stranger.privateKey };
		const foreign = await attestSmoke(signer(theirs), reportOf(digest));
		const broken = await attachBundle(registry, digest, "{}");
		const good = await attestSmoke(signer({ now: NOW - HOUR }), reportOf(digest));
		const { attestation, passedBy } = await verifySmoke(verifier(), digest);
		expect(attestation).toBe(good.manifest);
		expect(passedBy.toSorted()).toEqual(
			[
				`${foreign.manifest} is signed by a key that cres.yaml does not name (${foreign.keyId})`,
				`${broken} is not a bundle of one signed statement`,
			].toSorted(),
		);
	});

	it("are all named in a refusal, up to three", async () => {
		const { registry, digest, verifier } = await world();
		for (let count = 0; count < 6; count++) await attachBundle(registry, digest, `{"n":${count}}`);
		const { message } = await refusal(verifySmoke(verifier(), digest));
		expect(message.split("\n")).toHaveLength(5);
		expect(message).toMatch(/\nand 2 more: cres attest show sha256:/);
	});

	it("are all shown, with what they are", async () => {
		const { digest, signer, verifier } = await world();
		await attestSmoke(signer(), reportOf(digest));
		await attestAs(signer(), digest, "sbom", { creationInfo: { created: "2026-11-29T11:00:00Z" } });
		const { attestations } = await readAttestations(verifier(), digest);
		expect(attestations.map(({ kind, key, verdict, signedAt }) => [kind, key, verdict, signedAt])).toEqual([
			["smoke", "ci", "ok", "2026-11-29T12:00:00.000Z"],
			["sbom", "ci", "ok", "2026-11-29T11:00:00Z"],
		]);
	});
});

it("a digest is wanted, no tag", async () => {
	const { verifier } = await world();
	expect((await refusal(verifySmoke(verifier(), "latest"))).code).toBe("invalid_digest");
});
