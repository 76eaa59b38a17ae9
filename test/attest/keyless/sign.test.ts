import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { attestPassed, attestSmoke } from "../../../src/attest/attest.ts";
import { provenanceSigner } from "../../../src/attest/provenance.ts";
import { unsignedBecause } from "../../../src/attest/signer.ts";
import { verifySmoke } from "../../../src/attest/verify.ts";
import { redact } from "../../../src/secrets/secret.ts";
import { refusal } from "../../support/refusal.ts";
import type { Services } from "../../support/sigstore/services.ts";
import { createSigstore } from "../../support/sigstore/sigstore.ts";
import { keyPair, portsOf, reportOf } from "../world.ts";
import { REQUEST_TOKEN, runOfActions, tokenRequests } from "./run.ts";
import { keylessPlace, OUR_WORKFLOW } from "./world.ts";

/** The ID tokens that Fulcio was given. */
const tokensAt = ({ fulcio }: Services): string[] =>
	fulcio.asked.map(({ body }) => JSON.parse(body.toString()).credentials.oidcIdentityToken as string);

describe("in GitHub Actions, without ATTEST_KEY", () => {
	it("a passed smoke test is signed by the workflow that runs, and counts", async () => {
		const { digest, signer, place, registry, github, services } = await runOfActions();
		const written = await attestSmoke(signer(), reportOf(digest));
		expect(written.keyId).toBe(OUR_WORKFLOW);
		expect(await verifySmoke(portsOf(registry, place), digest)).toMatchObject({ key: "images", keyId: OUR_WORKFLOW });
		expect(tokenRequests(github).map(({ path }) => path.split("?")[1])).toEqual(["api-version=2.0&audience=sigstore"]);
		expect([services.fulcio.asked.length, services.rekor.asked.length]).toEqual([1, 1]);
	});

	it("each is signed with a key of its own", async () => {
		const { digest, signer, services } = await runOfActions();
		for (let count = 0; count < 2; count++) await attestSmoke(signer(), reportOf(digest));
		const keys = services.rekor.asked.map(({ body }) => {
			const [verifier] = JSON.parse(body.toString()).spec.proposedContent.verifiers;
			return new X509Certificate(Buffer.from(verifier, "base64")).publicKey.export({ type: "spki", format: "pem" });
		});
		expect(new Set(keys).size).toBe(2);
	});

	it("a key that is there signs instead, and nobody is asked", async () => {
		const { digest, signer, github, services } = await runOfActions();
		const pair = keyPair();
		const written = await attestSmoke(
			signer({ keys: { ci: pair.publicKey }, privateKey: pair.privateKey }),
			reportOf(digest),
		);
		expect(written.keyId).toMatch(/^[0-9a-f]{64}$/);
		expect([tokenRequests(github), services.fulcio.asked, services.rekor.asked]).toEqual([[], [], []]);
	});

	it("elsewhere nothing is signed, and that is said", async () => {
		const { digest, signer } = await runOfActions();
		const laptop = signer({ environment: {} });
		expect(await attestPassed(laptop, reportOf(digest))).toBeUndefined();
		expect(unsignedBecause(laptop.config)).toBe("ATTEST_KEY has no value, and keyless signing is for GitHub Actions");
		expect((await refusal(attestSmoke(laptop, reportOf(digest)))).code).toBe("attest_key_missing");
	});

	it("a build asks before it begins", async () => {
		const { signer, github } = await runOfActions({ branch: "feature" });
		const notes: string[] = [];
		const build = provenanceSigner({ ...signer(), progress: { note: (text) => void notes.push(text) } }, "0.1.0");
		expect((await refusal(build.assertReady())).code).toBe("keyless_identity_unlisted");
		expect(tokenRequests(github)).toHaveLength(1);
	});
});

describe("nothing is signed", () => {
	it.each([
		["without the permission", { ACTIONS_ID_TOKEN_REQUEST_URL: undefined, ACTIONS_ID_TOKEN_REQUEST_TOKEN: undefined }],
		["without a token", { ACTIONS_ID_TOKEN_REQUEST_TOKEN: undefined }],
		["for what is no address", { ACTIONS_ID_TOKEN_REQUEST_URL: "somewhere" }],
		["by another protocol", { ACTIONS_ID_TOKEN_REQUEST_URL: "ftp://127.0.0.1/idtoken/1" }],
		["over plain HTTP", { ACTIONS_ID_TOKEN_REQUEST_URL: "http://tokens.example/idtoken/1" }],
	])("%s: the permission to add is named", async (_, over) => {
		const { digest, signer, environment, services } = await runOfActions();
		const given = Object.entries({ ...environment, ...over }).filter((entry) => entry[1] !== undefined);
		const job = signer({ environment: Object.fromEntries(given) as Record<string, string> });
		expect(await refusal(attestSmoke(job, reportOf(digest)))).toEqual({
			code: "keyless_permission_missing",
			message: "GitHub gives this job no ID token, so nothing can be signed",
			hint: "add `id-token: write` to the permissions of the job in its workflow, or set the secret ATTEST_KEY",
		});
		expect(services.fulcio.asked).toEqual([]);
	});

	it("over plain HTTP on this machine, unless Fulcio is there too", async () => {
		const { digest, signer, github } = await runOfActions({ settings: { fulcio: "https://fulcio.sigstore.dev" } });
		expect((await refusal(attestSmoke(signer(), reportOf(digest)))).code).toBe("keyless_permission_missing");
		expect(tokenRequests(github)).toEqual([]);
	});

	it("by a run that cres.yaml does not name: nobody would trust it, and the log would keep it", async () => {
		const { digest, signer, services } = await runOfActions({ branch: "feature" });
		expect(await refusal(attestSmoke(signer(), reportOf(digest)))).toEqual({
			code: "keyless_identity_unlisted",
			message:
				"what this run signs would not count: it is signed by https://github.com/owner/app/.github/workflows/images.yml@refs/heads/feature, which attest.keyless.identities does not name",
			hint: "list its repository, workflow, ref and issuer under attest.keyless.identities of cres.yaml",
		});
		expect(services.fulcio.asked).toEqual([]);
	});

	it("that the trusted root would not confirm", async () => {
		const { digest, signer, registry } = await runOfActions();
		const other = signer({ root: (await keylessPlace(createSigstore().trustedRoot)).root! });
		expect(await refusal(attestSmoke(other, reportOf(digest)))).toMatchObject({
			code: "keyless_unconfirmed",
			message: expect.stringMatching(/^what Fulcio and Rekor have given would not count: it has a certificate that /),
			hint: expect.stringContaining("renew the file of attest.keyless.trusted_root") as string,
		});
		const { code } = await refusal(verifySmoke(portsOf(registry, await keylessPlace(undefined)), digest));
		expect(code).toBe("attestation_missing");
	});

	it("before the trusted root is there", async () => {
		const { digest, signer, services } = await runOfActions();
		const { root } = await keylessPlace(undefined);
		expect((await refusal(attestSmoke(signer({ root: root! }), reportOf(digest)))).code).toBe("keyless_root_invalid");
		expect(services.fulcio.asked).toEqual([]);
	});
});

it("the ID token goes to Fulcio alone, that of the request to GitHub alone, and neither is told", async () => {
	const { digest, signer, services, stored } = await runOfActions();
	await attestSmoke(signer(), reportOf(digest));
	const [token] = tokensAt(services);
	expect(token).toMatch(/^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/);
	const elsewhere = [...stored, ...services.rekor.asked].map(({ path, headers, body }) => [
		path,
		headers,
		body.toString(),
	]);
	const sent = JSON.stringify(elsewhere);
	for (const secret of [token!, token!.split(".")[2]!, REQUEST_TOKEN]) {
		expect(sent).not.toContain(secret);
		expect(redact(`it said ${token} for ${REQUEST_TOKEN}`)).not.toContain(secret);
	}
	expect(JSON.stringify(services.fulcio.asked)).not.toContain(REQUEST_TOKEN);
	services.instead.fulcio = ({ body }) => ({
		status: 400,
		body: JSON.stringify({ message: JSON.parse(body.toString()).credentials.oidcIdentityToken }),
	});
	const { message } = await refusal(attestSmoke(signer(), reportOf(digest)));
	expect(redact(message)).not.toMatch(/eyJ/);
});
