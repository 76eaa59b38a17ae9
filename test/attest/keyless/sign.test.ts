import { X509Certificate } from "node:crypto";
import { describe, expect, it, onTestFinished } from "vitest";
import { addCommit, addRun, repositoryNamed } from "../../../rehearsal/github/seed.ts";
import { ID_TOKEN_ISSUER } from "../../../rehearsal/github/id-token-route.ts";
import { startGitHub, type GitHubDouble } from "../../../rehearsal/github/start.ts";
import { attestPassed, attestSmoke } from "../../../src/attest/attest.ts";
import { provenanceSigner } from "../../../src/attest/provenance.ts";
import { unsignedBecause } from "../../../src/attest/signer.ts";
import { verifySmoke } from "../../../src/attest/verify.ts";
import { redact } from "../../../src/secrets/secret.ts";
import { loopbackRegistry } from "../../registry/loopback-registry.ts";
import { BAD_PEERS, badServer } from "../../support/bad-peers.ts";
import { refusal } from "../../support/refusal.ts";
import { serveSigstore, type Services } from "../../support/sigstore/services.ts";
import { createSigstore } from "../../support/sigstore/sigstore.ts";
import { keylessPlace, OUR_WORKFLOW } from "./world.ts";
import { keyPair, portsOf, pushImage, reportOf, type Signer } from "../world.ts";

const REQUEST_TOKEN = "request-token-of-the-job";

/** GitHub with a run of images.yml on a branch of owner/app, Fulcio and Rekor, and a registry with an image. */
async function world({ branch = "main", settings = {} }: { branch?: string; settings?: object } = {}) {
	const github = await startGitHub({ tokens: { [REQUEST_TOKEN]: { permissions: ["id-token=write"], scopes: null } } });
	onTestFinished(() => github.close());
	const repository = repositoryNamed(github.world, "owner/app");
	const run = addRun(github.world, repository, { sha: addCommit(github.world, repository, { branch }), branch });
	const services = await serveSigstore({ [ID_TOKEN_ISSUER]: github.world.idTokenKey.publicKey });
	const { client, asked } = await loopbackRegistry({});
	const registry = client();
	const digest = await pushImage(registry);
	const urls = { fulcio: services.fulcio.origin, rekor: services.rekor.origin };
	const place = await keylessPlace(services.trustedRoot, { ...urls, ...settings });
	const environment = {
		GITHUB_RUN_ID: String(run.id),
		ACTIONS_ID_TOKEN_REQUEST_URL: `${github.url}/idtoken/${run.id}?api-version=2.0`,
		ACTIONS_ID_TOKEN_REQUEST_TOKEN: REQUEST_TOKEN,
	};
	const signer = (over: Partial<Signer> = {}) => portsOf(registry, { ...place, environment, ...over });
	return { github, services, registry, stored: asked, digest, place, environment, signer };
}

/** The ID tokens that Fulcio was given. */
const tokensAt = ({ fulcio }: Services): string[] =>
	fulcio.asked.map(({ body }) => JSON.parse(body.toString()).credentials.oidcIdentityToken as string);

const tokenRequests = ({ requests }: GitHubDouble) => requests.filter(({ path }) => path.startsWith("/idtoken/"));

describe("in GitHub Actions, without ATTEST_KEY", () => {
	it("a passed smoke test is signed by the workflow that runs, and counts", async () => {
		const { digest, signer, place, registry, github, services } = await world();
		const written = await attestSmoke(signer(), reportOf(digest));
		expect(written.keyId).toBe(OUR_WORKFLOW);
		expect(await verifySmoke(portsOf(registry, place), digest)).toMatchObject({ key: "images", keyId: OUR_WORKFLOW });
		expect(tokenRequests(github).map(({ path }) => path.split("?")[1])).toEqual(["api-version=2.0&audience=sigstore"]);
		expect([services.fulcio.asked.length, services.rekor.asked.length]).toEqual([1, 1]);
	});

	it("each is signed with a key of its own", async () => {
		const { digest, signer, services } = await world();
		for (let count = 0; count < 2; count++) await attestSmoke(signer(), reportOf(digest));
		const keys = services.rekor.asked.map(({ body }) => {
			const [verifier] = JSON.parse(body.toString()).spec.proposedContent.verifiers;
			return new X509Certificate(Buffer.from(verifier, "base64")).publicKey.export({ type: "spki", format: "pem" });
		});
		expect(new Set(keys).size).toBe(2);
	});

	it("a key that is there signs instead, and nobody is asked", async () => {
		const { digest, signer, github, services } = await world();
		const pair = keyPair();
		const written = await attestSmoke(
			signer({ keys: { ci: pair.publicKey }, privateKey: pair.privateKey }),
			reportOf(digest),
		);
		expect(written.keyId).toMatch(/^[0-9a-f]{64}$/);
		expect([tokenRequests(github), services.fulcio.asked, services.rekor.asked]).toEqual([[], [], []]);
	});

	it("elsewhere nothing is signed, and that is said", async () => {
		const { digest, signer } = await world();
		const laptop = signer({ environment: {} });
		expect(await attestPassed(laptop, reportOf(digest))).toBeUndefined();
		expect(unsignedBecause(laptop.config)).toBe("ATTEST_KEY has no value, and keyless signing is for GitHub Actions");
		expect((await refusal(attestSmoke(laptop, reportOf(digest)))).code).toBe("attest_key_missing");
	});

	it("a build asks before it begins", async () => {
		const { signer, github } = await world({ branch: "feature" });
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
		["over plain HTTP", { ACTIONS_ID_TOKEN_REQUEST_URL: "http://tokens.example/idtoken/1" }],
	])("%s: the permission to add is named", async (_, over) => {
		const { digest, signer, environment, services } = await world();
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
		const { digest, signer, github } = await world({ settings: { fulcio: "https://fulcio.sigstore.dev" } });
		expect((await refusal(attestSmoke(signer(), reportOf(digest)))).code).toBe("keyless_permission_missing");
		expect(tokenRequests(github)).toEqual([]);
	});

	it("by a run that cres.yaml does not name: nobody would trust it, and the log would keep it", async () => {
		const { digest, signer, services } = await world({ branch: "feature" });
		expect(await refusal(attestSmoke(signer(), reportOf(digest)))).toEqual({
			code: "keyless_identity_unlisted",
			message:
				"what this run signs would not count: it is signed by https://github.com/owner/app/.github/workflows/images.yml@refs/heads/feature, which attest.keyless.identities does not name",
			hint: "list its repository, workflow, ref and issuer under attest.keyless.identities of cres.yaml",
		});
		expect(services.fulcio.asked).toEqual([]);
	});

	it("that the trusted root would not confirm", async () => {
		const { digest, signer, registry } = await world();
		const other = signer({ root: (await keylessPlace(createSigstore().trustedRoot)).root! });
		expect(await refusal(attestSmoke(other, reportOf(digest)))).toMatchObject({
			code: "keyless_unconfirmed",
			message: expect.stringMatching(/^what Fulcio and Rekor have given would not count: it has a certificate that /),
		});
		const { code } = await refusal(verifySmoke(portsOf(registry, await keylessPlace(undefined)), digest));
		expect(code).toBe("attestation_missing");
	});

	it("before the trusted root is there", async () => {
		const { digest, signer, services } = await world();
		const { root } = await keylessPlace(undefined);
		expect((await refusal(attestSmoke(signer({ root: root! }), reportOf(digest)))).code).toBe("keyless_root_invalid");
		expect(services.fulcio.asked).toEqual([]);
	});
});

const status =
	(code: number, message = "no") =>
	() => ({ status: code, body: JSON.stringify({ message }) });

describe("a service that does not do its part", () => {
	it.each(["forbidden", "server-error", "html-body", "other-shape", "sent-elsewhere"] as const)(
		"GitHub's tokens: %s",
		async (fault) => {
			const { digest, signer, github, services } = await world();
			github.world.faults.set(fault, { times: null });
			const { code, message } = await refusal(attestSmoke(signer(), reportOf(digest)));
			const refuses = fault === "forbidden" || fault === "sent-elsewhere";
			expect(code).toBe(refuses ? "keyless_refused" : "keyless_unreachable");
			expect(message).toMatch(
				/^GitHub's service of ID tokens at http:\/\/127\.0\.0\.1:\d+ (refuses|does not answer): /,
			);
			expect(tokenRequests(github)).toHaveLength(fault === "server-error" ? 3 : 1);
			expect(services.fulcio.asked).toEqual([]);
		},
	);

	it.each([
		["fulcio", 400, "keyless_refused", 1],
		["fulcio", 502, "keyless_unreachable", 3],
		["rekor", 400, "keyless_refused", 1],
		["rekor", 429, "keyless_unreachable", 3],
		["rekor", 503, "keyless_unreachable", 3],
	] as const)("%s: %i", async (name, code, expected, tries) => {
		const { digest, signer, services } = await world();
		services.instead[name] = status(code, "not\ntoday");
		const told = await refusal(attestSmoke(signer(), reportOf(digest)));
		expect(told.code).toBe(expected);
		expect(told.message.toLowerCase()).toContain(`${name} at ${services[name].origin}`);
		expect(told.message).toMatch(new RegExp(`: HTTP ${code}: not today$`));
		expect(services[name].asked).toHaveLength(tries);
	});

	it.each([
		["fulcio", { signedCertificateEmbeddedSct: { chain: { certificates: ["none"] } } }, "keyless_refused"],
		["fulcio", { signedCertificateDetachedSct: {} }, "keyless_unreachable"],
		["rekor", {}, "keyless_unreachable"],
		["rekor", { a: {}, b: {} }, "keyless_unreachable"],
	] as const)("%s: an answer of another form %#", async (name, body, code) => {
		const { digest, signer, services } = await world();
		services.instead[name] = () => ({ status: 200, body: JSON.stringify(body) });
		expect((await refusal(attestSmoke(signer(), reportOf(digest)))).code).toBe(code);
	});

	it("Fulcio answers with a redirect: the token is not sent on", async () => {
		const { digest, signer, services } = await world();
		const location = `${services.rekor.origin}/api/v2/signingCert`;
		services.instead.fulcio = () => ({ status: 307, headers: { location } });
		expect((await refusal(attestSmoke(signer(), reportOf(digest)))).code).toBe("keyless_refused");
		expect(services.rekor.asked).toEqual([]);
	});

	it("Rekor takes the entry and its answer is lost: it is found there", async () => {
		const { digest, signer, services, registry, place } = await world();
		let lost = 0;
		services.instead.rekor = () => (lost++ === 0 ? status(502)() : undefined);
		await attestSmoke(signer(), reportOf(digest));
		expect(services.rekor.asked.map(({ method }) => method)).toEqual(["POST", "POST", "GET"]);
		expect(await verifySmoke(portsOf(registry, place), digest)).toMatchObject({ keyId: OUR_WORKFLOW });
	});

	it.each(BAD_PEERS)("each one, %s: it ends by itself", async (how) => {
		const { host } = await badServer(how);
		const { digest, signer, environment } = await world();
		const tokens = { ...environment, ACTIONS_ID_TOKEN_REQUEST_URL: `http://${host}/idtoken/1` };
		const given = [signer({ environment: tokens })];
		for (const name of ["fulcio", "rekor"]) {
			const { signer: another } = await world({ settings: { [name]: `http://${host}` } });
			given.push(another());
		}
		const told = await Promise.all(given.map((ports) => refusal(attestSmoke(ports, reportOf(digest)))));
		expect(told.map(({ code }) => code)).toEqual(told.map(() => "keyless_unreachable"));
	});

	it("in the middle of it Ctrl-C ends the wait at once", async () => {
		const stop = new AbortController();
		const { digest, signer, services } = await world();
		services.instead.rekor = () => (stop.abort(new Error("stopped")), "silence");
		const ports = { ...signer({ signal: stop.signal }), limits: { answerMs: 60_000, pauseMs: 60_000 } };
		await expect(attestSmoke(ports, reportOf(digest))).rejects.toThrow("stopped");
		expect(services.rekor.asked).toHaveLength(1);
	});
});

it("the ID token goes to Fulcio alone, that of the request to GitHub alone, and neither is told", async () => {
	const { digest, signer, services, stored } = await world();
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
	services.instead.fulcio = ({ body }) => status(400, JSON.parse(body.toString()).credentials.oidcIdentityToken)();
	const { message } = await refusal(attestSmoke(signer(), reportOf(digest)));
	expect(redact(message)).not.toMatch(/eyJ/);
});
