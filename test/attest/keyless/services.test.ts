import { describe, expect, it } from "vitest";
import { attestSmoke } from "../../../src/attest/attest.ts";
import { verifySmoke } from "../../../src/attest/verify.ts";
import { BAD_PEERS, badServer } from "../../support/bad-peers.ts";
import { freePort } from "../../support/free-ports.ts";
import { serve } from "../../support/loopback-server.ts";
import { refusal } from "../../support/refusal.ts";
import { createLog } from "../../support/sigstore/log.ts";
import { portsOf, reportOf } from "../world.ts";
import { runOfActions, tokenRequests } from "./run.ts";
import { keylessPlace, OUR_WORKFLOW } from "./world.ts";

const log = createLog("rekor.test");
const [ENTRY] = Object.values(log.answer(log.add({ kind: "dsse", apiVersion: "0.0.1" }, Date.now()))) as [object];

const status =
	(code: number, message = "no") =>
	() => ({ status: code, body: JSON.stringify({ message }) });

describe("a service that does not do its part", () => {
	it.each(["forbidden", "server-error", "html-body", "other-shape", "sent-elsewhere"] as const)(
		"GitHub's tokens: %s",
		async (fault) => {
			const { digest, signer, github, services } = await runOfActions();
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
		const { digest, signer, services } = await runOfActions();
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
		["rekor", { a: { ...ENTRY, body: "AAAA" } }, "keyless_unreachable"],
		["rekor", { a: { ...ENTRY, logID: "xyz0ff" } }, "keyless_unreachable"],
		["rekor", { a: ENTRY, b: ENTRY }, "keyless_unreachable"],
	] as const)("%s: an answer of another form %#", async (name, body, code) => {
		const { digest, signer, services } = await runOfActions();
		services.instead[name] = () => ({ status: 200, body: JSON.stringify(body) });
		expect((await refusal(attestSmoke(signer(), reportOf(digest)))).code).toBe(code);
	});

	it("Fulcio answers with a redirect: the token is not sent on", async () => {
		const { digest, signer, services } = await runOfActions();
		const location = `${services.rekor.origin}/api/v2/signingCert`;
		services.instead.fulcio = () => ({ status: 307, headers: { location } });
		expect((await refusal(attestSmoke(signer(), reportOf(digest)))).code).toBe("keyless_refused");
		expect(services.rekor.asked).toEqual([]);
	});

	it("Rekor takes the entry and its answer is lost: it is found there", async () => {
		const { digest, signer, services, registry, place } = await runOfActions();
		let lost = 0;
		services.instead.rekor = () => (lost++ === 0 ? status(502)() : undefined);
		await attestSmoke(signer(), reportOf(digest));
		expect(services.rekor.asked.map(({ method }) => method)).toEqual(["POST", "POST", "GET"]);
		expect(await verifySmoke(portsOf(registry, place), digest)).toMatchObject({ keyId: OUR_WORKFLOW });
	});

	it.each([
		["a conflict without the entry's address", 409, {}],
		["another refusal with an address", 400, { location: `/api/v1/log/entries/${"0".repeat(64)}` }],
	])("Rekor answers %s", async (_, code, headers) => {
		const { digest, signer, services } = await runOfActions();
		services.instead.rekor = () => ({ status: code, headers: headers as Record<string, string>, body: "{}" });
		const told = await refusal(attestSmoke(signer(), reportOf(digest)));
		expect(told).toMatchObject({ code: "keyless_refused", message: expect.stringMatching(/refuses: HTTP \d+$/) });
		expect(services.rekor.asked).toHaveLength(1);
	});

	it.each(["fulcio", "rekor"] as const)("%s is silent once: it is asked again", async (name) => {
		const { digest, signer, services } = await runOfActions();
		let asked = 0;
		services.instead[name] = () => (asked++ === 0 ? "silence" : undefined);
		const ports = { ...signer(), limits: { answerMs: 1_000, pauseMs: 1 } };
		expect(await attestSmoke(ports, reportOf(digest))).toMatchObject({ keyId: OUR_WORKFLOW });
		expect(asked).toBeGreaterThan(1);
	});

	it("explains itself at length: it is cut", async () => {
		const { digest, signer, services } = await runOfActions();
		services.instead.fulcio = status(400, "x".repeat(201));
		const { message } = await refusal(attestSmoke(signer(), reportOf(digest)));
		expect(message).toMatch(/: HTTP 400: x{200}…$/);
		services.instead.fulcio = status(400, "x".repeat(200));
		expect((await refusal(attestSmoke(signer(), reportOf(digest)))).message).toMatch(/: HTTP 400: x{200}$/);
	});

	it("GitHub gives what is no ID token", async () => {
		const { digest, signer, environment } = await runOfActions();
		const { origin } = await serve(() => ({ status: 200, body: '{"value":"e30.e30.e30"}' }));
		const job = signer({ environment: { ...environment, ACTIONS_ID_TOKEN_REQUEST_URL: `${origin}/idtoken/1` } });
		expect(await refusal(attestSmoke(job, reportOf(digest)))).toMatchObject({
			code: "keyless_refused",
			message: "GitHub's ID token does not say which workflow runs",
		});
	});

	it("is not there: why is told, and the address without its query", async () => {
		const { digest, signer, environment } = await runOfActions();
		const nobody = `https://127.0.0.1:${await freePort()}`;
		const job = signer({ environment: { ...environment, ACTIONS_ID_TOKEN_REQUEST_URL: `${nobody}/idtoken?run=1` } });
		expect(await refusal(attestSmoke(job, reportOf(digest)))).toEqual({
			code: "keyless_unreachable",
			message: expect.stringMatching(
				new RegExp(`^GitHub's service of ID tokens at ${nobody} does not answer: .*ECONNREFUSED`),
			) as string,
			hint: "run the command again; what was signed before stays",
		});
	});

	it("may be named with a slash at its end, and is sent JSON", async () => {
		const { services, ...one } = await runOfActions();
		const slashes = { fulcio: `${services.fulcio.origin}//`, rekor: `${services.rekor.origin}//` };
		const place = await keylessPlace(services.trustedRoot, slashes);
		await attestSmoke(one.signer(place), reportOf(one.digest));
		const asked = [...services.fulcio.asked, ...services.rekor.asked];
		expect(asked.map(({ path }) => path)).toEqual(["/api/v2/signingCert", "/api/v1/log/entries"]);
		for (const { headers } of asked)
			expect(headers).toMatchObject({ "content-type": "application/json", accept: "application/json" });
	});

	it.each(BAD_PEERS)("each one, %s: it ends by itself", async (how) => {
		const { host } = await badServer(how);
		const { digest, signer, environment } = await runOfActions();
		const tokens = { ...environment, ACTIONS_ID_TOKEN_REQUEST_URL: `http://${host}/idtoken/1` };
		const given = [signer({ environment: tokens })];
		for (const name of ["fulcio", "rekor"]) {
			const { signer: another } = await runOfActions({ settings: { [name]: `http://${host}` } });
			given.push(another());
		}
		const limits = { answerMs: 300, pauseMs: 1 };
		const told = await Promise.all(given.map((ports) => refusal(attestSmoke({ ...ports, limits }, reportOf(digest)))));
		expect(told.map(({ code }) => code)).toEqual(told.map(() => "keyless_unreachable"));
	});

	it("in the middle of it Ctrl-C ends the wait at once", async () => {
		const stop = new AbortController();
		const { digest, signer, services } = await runOfActions();
		services.instead.rekor = () => (stop.abort(new Error("stopped")), "silence");
		const ports = { ...signer({ signal: stop.signal }), limits: { answerMs: 60_000, pauseMs: 60_000 } };
		await expect(attestSmoke(ports, reportOf(digest))).rejects.toThrow("stopped");
		expect(services.rekor.asked).toHaveLength(1);
	});
});
