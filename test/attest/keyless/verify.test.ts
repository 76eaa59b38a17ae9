import { describe, expect, it } from "vitest";
import { openBundle } from "../../../src/attest/bundle.ts";
import { BUNDLE_TYPE } from "../../../src/attest/bundle-schema.ts";
import { trustOf } from "../../../src/attest/trust.ts";
import { verifySmoke } from "../../../src/attest/verify.ts";
import { attach } from "../../../src/registry/referrers.ts";
import type { Registry } from "../../../src/registry/registry.ts";
import { loopbackRegistry } from "../../registry/loopback-registry.ts";
import { refusal } from "../../support/refusal.ts";
import { der, utf8 } from "../../support/sigstore/der.ts";
import { createSigstore, OURS, type Sigstore } from "../../support/sigstore/sigstore.ts";
import { bundleOfRun, IMAGES, keylessPlace, OUR_WORKFLOW } from "./world.ts";
import { keyPair, portsOf, pushImage, REPOSITORY, type Signer } from "../world.ts";

const HOUR = 3_600_000;
const sigstore = createSigstore();
const other = createSigstore();

const trustIn = (place: Signer) => trustOf(portsOf(undefined as unknown as Registry, place).config);
const openedBy = async (bundle: object, place?: Signer) =>
	openBundle(Buffer.from(JSON.stringify(bundle)), await trustIn(place ?? (await keylessPlace(sigstore.trustedRoot))));

/** With a part of a payload replaced by another of the same length. */
function changed(bundle: Record<string, any>): Record<string, any> {
	const text = Buffer.from(bundle["dsseEnvelope"].payload, "base64").toString();
	bundle["dsseEnvelope"].payload = Buffer.from(text.replaceAll("1".repeat(64), "2".repeat(64))).toString("base64");
	return bundle;
}

describe("a statement that a run of GitHub Actions has signed", () => {
	it("counts for the listed workflow, with who signed it", async () => {
		const opened = await openedBy(await bundleOfRun(sigstore));
		expect(opened).toEqual({
			statement: expect.objectContaining({ predicateType: "urn:cres:smoke:v1" }) as object,
			by: { name: "images", id: OUR_WORKFLOW },
		});
	});

	it("counts anywhere in a log that others write into", async () => {
		for (let count = 0; count < 6; count++) {
			const bundle = await bundleOfRun(sigstore);
			const { hashes } = bundle["verificationMaterial"].tlogEntries[0].inclusionProof;
			expect(hashes.length).toBeGreaterThan(0);
			expect(await openedBy(bundle)).toHaveProperty("by.name", "images");
		}
	});

	it.each([116, 117, 150, 244, 245, 300])("counts with a ref of %i letters behind refs/heads/", async (letters) => {
		const ref = `refs/heads/${"x".repeat(letters)}`;
		const claims = { ...OURS, ref, job_workflow_ref: `owner/app/${IMAGES.workflow}@${ref}` };
		const place = await keylessPlace(sigstore.trustedRoot, { identities: { long: { ...IMAGES, ref } } });
		expect(await openedBy(await bundleOfRun(sigstore, { claims }), place)).toHaveProperty("by.name", "long");
	});

	it("counts beside keys, each by its own list", async () => {
		const place = { ...(await keylessPlace(sigstore.trustedRoot)), keys: { ci: keyPair().publicKey } };
		expect(await openedBy(await bundleOfRun(sigstore), place)).toHaveProperty("by.name", "images");
	});
});

const untrusted = (reason: string) => ({ fault: "attestation_untrusted", reason });
const invalid = (reason: string) => ({ fault: "attestation_invalid", reason });
const unlisted = (workflow: string) =>
	untrusted(`is signed by https://github.com/${workflow}, which attest.keyless.identities does not name`);

describe("a run of another identity does not count", () => {
	const ofRun = (repository: string, workflow: string, ref: string) => ({
		...{ ...OURS, repository, ref },
		job_workflow_ref: `${repository}/.github/workflows/${workflow}@${ref}`,
	});

	it.each([
		["repository", ofRun("mallory/app", "images.yml", "refs/heads/main")],
		["repository of a longer name", ofRun("owner/app2", "images.yml", "refs/heads/main")],
		["workflow", ofRun("owner/app", "pages.yml", "refs/heads/main")],
		["branch", ofRun("owner/app", "images.yml", "refs/heads/feature")],
		["branch of a longer name", ofRun("owner/app", "images.yml", "refs/heads/main2")],
		["ref: a tag of that name", ofRun("owner/app", "images.yml", "refs/tags/main")],
		["ref: a pull request", ofRun("owner/app", "images.yml", "refs/pull/1/merge")],
		["case", ofRun("Owner/app", "images.yml", "refs/heads/main")],
	])("another %s", async (_, claims) => {
		expect(await openedBy(await bundleOfRun(sigstore, { claims }))).toEqual(unlisted(claims.job_workflow_ref));
	});

	it("another issuer", async () => {
		const claims = { ...OURS, iss: "https://token.actions.githubusercontent.com/acme" };
		const bundle = await bundleOfRun(sigstore, { claims });
		expect(await openedBy(bundle)).toEqual(
			untrusted(
				`is signed by ${OUR_WORKFLOW} for the issuer ${claims.iss}, which attest.keyless.identities does not name`,
			),
		);
		const listed = await keylessPlace(sigstore.trustedRoot, {
			identities: { acme: { ...IMAGES, issuer: claims.iss } },
		});
		expect(await openedBy(bundle, listed)).toHaveProperty("by.name", "acme");
	});

	it.each([
		["repository", { repository: "mallory/app" }, "https://github.com/mallory/app (refs/heads/main)"],
		["ref", { ref: "refs/heads/feature" }, "https://github.com/owner/app (refs/heads/feature)"],
	])("a workflow of ours that another %s has called", async (_, claims, where) => {
		const bundle = await bundleOfRun(sigstore, { claims: { ...OURS, ...claims } });
		expect(await openedBy(bundle)).toEqual(
			untrusted(`is signed by ${OUR_WORKFLOW} in a run of ${where}, which has called that workflow`),
		);
	});

	it("none at all, where cres.yaml has no attest.keyless", async () => {
		expect(await openedBy(await bundleOfRun(sigstore), { keys: { ci: keyPair().publicKey } })).toEqual(
			untrusted("is signed keyless, and cres.yaml has no attest.keyless"),
		);
	});
});

describe("a certificate does not count", () => {
	it.each([
		["without a repository", undefined],
		["with a repository that is no UTF8String", der(0x13, Buffer.from("https://github.com/owner/app"))],
		["with a text behind the repository", Buffer.concat([utf8("https://github.com/owner/app"), utf8("x")])],
	])("%s", async (_, repository) => {
		const texts = { 8: OURS.iss, 14: OURS.ref, ...(repository && { 12: repository }) };
		const numbered = Object.entries(texts).map(([last, text]) => [`1.3.6.1.4.1.57264.1.${last}`, text]);
		const certify: Sigstore["certify"] = (key, _claims, { from = Date.now() - 1_000 } = {}) => {
			const of = { uri: OUR_WORKFLOW, texts: Object.fromEntries(numbered), from, to: from + HOUR };
			return sigstore.authority.certify(key, of);
		};
		expect(await openedBy(await bundleOfRun({ ...sigstore, certify }))).toEqual(
			invalid("has a certificate that names no run of GitHub Actions"),
		);
	});

	const renew = "does not confirm (renew that file if it is old)";
	const unconfirmed = (what: string) => untrusted(`has ${what} that the file of attest.keyless.trusted_root ${renew}`);

	it("of another authority", async () => {
		const mixed: Sigstore = { ...other, log: sigstore.log };
		expect(await openedBy(await bundleOfRun(mixed))).toEqual(unconfirmed("a certificate"));
	});

	it("that no log of certificates has", async () => {
		expect(await openedBy(await bundleOfRun(sigstore, { unlogged: true }))).toEqual(unconfirmed("a certificate"));
	});

	it.each([
		["had expired", { from: Date.now() - HOUR }],
		["was not valid yet", { from: Date.now() + HOUR }],
	])("that %s when the log took the entry", async (_, times) => {
		const opened = await openedBy(await bundleOfRun(sigstore, times));
		expect(opened).toEqual(
			invalid(
				expect.stringMatching(/^was logged at 20\S+Z, outside the time of its certificate \(20\S+Z to 20\S+Z\)$/),
			),
		);
	});

	it("with a time that the log has not signed", async () => {
		const bundle = await bundleOfRun(sigstore, { from: Date.now() - HOUR });
		const [entry] = bundle["verificationMaterial"].tlogEntries;
		entry.integratedTime = String(Math.floor((Date.now() - HOUR) / 1_000) + 60);
		expect(await openedBy(bundle)).toEqual(unconfirmed("an entry of a transparency log"));
	});

	it("whose log is another", async () => {
		expect(await openedBy(await bundleOfRun(sigstore, { log: other.log }))).toEqual(
			unconfirmed("an entry of a transparency log"),
		);
	});

	it("whose entry is not in the tree of the log", async () => {
		const [bundle, another] = [await bundleOfRun(sigstore), await bundleOfRun(sigstore)];
		const proofOf = (of: Record<string, any>) => of["verificationMaterial"].tlogEntries[0];
		proofOf(bundle).inclusionProof = proofOf(another).inclusionProof;
		expect(await openedBy(bundle)).toEqual(unconfirmed("an entry of a transparency log"));
	});

	it.each<[string, (entries: any[]) => unknown, string]>([
		["no entry", (all) => all.splice(0), "has a certificate and no entry of a transparency log"],
		["no time of the log", ([one]) => delete one.inclusionPromise, "has no time that a transparency log has signed"],
	])("with %s", async (_, change, reason) => {
		const bundle = await bundleOfRun(sigstore);
		change(bundle["verificationMaterial"].tlogEntries);
		expect(await openedBy(bundle)).toEqual(invalid(reason));
	});

	it.each([
		["is none", (raw: Buffer) => raw.fill("none")],
		["ends in the middle", (raw: Buffer) => raw.subarray(0, 200)],
		["has a time that is none", (raw: Buffer) => raw.fill("x", raw.indexOf("Z\x17") - 4, raw.indexOf("Z\x17"))],
	])("that %s", async (_, change) => {
		const bundle = await bundleOfRun(sigstore);
		const { certificate } = bundle["verificationMaterial"];
		certificate.rawBytes = change(Buffer.from(certificate.rawBytes, "base64")).toString("base64");
		expect(await openedBy(bundle)).toEqual(
			invalid(expect.stringMatching(/^has a certificate or a log entry that cannot be read \(/)),
		);
	});
});

describe("what was signed does not count", () => {
	const reason = "has an entry of the transparency log that does not fit what it says";

	it("with another payload", async () => {
		expect(await openedBy(changed(await bundleOfRun(sigstore)))).toEqual(invalid(reason));
	});

	it("with the signature and the entry of another statement", async () => {
		const [bundle, another] = [await bundleOfRun(sigstore), await bundleOfRun(sigstore)];
		bundle["verificationMaterial"].tlogEntries = another["verificationMaterial"].tlogEntries;
		expect(await openedBy(bundle)).toEqual(invalid(reason));
	});

	it("with the certificate of another run", async () => {
		const [bundle, another] = [await bundleOfRun(sigstore), await bundleOfRun(sigstore)];
		bundle["verificationMaterial"].certificate = another["verificationMaterial"].certificate;
		expect(await openedBy(bundle)).toEqual(invalid("has a signature that does not fit what it says"));
	});
});

describe("the trusted root", () => {
	it.each([
		["nowhere", undefined, /^attest.keyless.trusted_root: \S+\/sigstore-trusted-root.json cannot be read: ENOENT/],
		["no JSON", "{", /is not one trusted root of Sigstore in JSON$/],
		["two of them", `${JSON.stringify(other.trustedRoot)}\n${JSON.stringify(other.trustedRoot)}\n`, /is not one/],
		["another document", { mediaType: "application/json" }, /is not one/],
		["without a log of certificates", { ...other.trustedRoot, ctlogs: [] }, /is not one/],
		["with what is no key", { ...other.trustedRoot, tlogs: [{ publicKey: { rawBytes: "AAAA" } }] }, /holds what is no/],
	])("is refused: %s", async (_, root, message) => {
		const bundle = await bundleOfRun(sigstore);
		const told = await refusal(openedBy(bundle, await keylessPlace(root)));
		expect(told).toMatchObject({
			code: "keyless_root_invalid",
			message: expect.stringMatching(message) as string,
			hint: expect.stringContaining("cosign trusted-root create --with-default-services --out FILE") as string,
		});
	});

	it("is not read for what a key has signed", async () => {
		const key = { publicKey: { hint: "" } };
		const bundle = { ...(await bundleOfRun(sigstore)), verificationMaterial: key };
		expect(await openedBy(bundle, await keylessPlace(undefined))).toMatchObject({ fault: "attestation_untrusted" });
	});
});

it("the other rules are the same: the image, its time and its outcome", async () => {
	const { client } = await loopbackRegistry({});
	const registry = client();
	const [digest, elsewhere] = [await pushImage(registry), await pushImage(registry, "elsewhere")];
	const place = await keylessPlace(sigstore.trustedRoot);
	const bytes = Buffer.from(JSON.stringify(await bundleOfRun(sigstore, { digest })));
	for (const to of [digest, elsewhere])
		await attach(registry, REPOSITORY, to, { type: BUNDLE_TYPE, bytes, annotations: {} }, async () => {});
	expect(await verifySmoke(portsOf(registry, place), digest)).toMatchObject({ key: "images", keyId: OUR_WORKFLOW });
	const moved = await refusal(verifySmoke(portsOf(registry, place), elsewhere));
	expect(moved).toMatchObject({ code: "attestation_invalid", message: expect.stringContaining(`is for ${digest}`) });
	const late = portsOf(registry, { ...place, now: portsOf(registry, place).clock.now() + 31 * 24 * HOUR });
	expect((await refusal(verifySmoke(late, digest))).code).toBe("attestation_expired");
});
