import { expect, it } from "vitest";
import type { Judged } from "../../src/attest/judge.ts";
import { renderAttestations, renderAttested, renderSbom } from "../../src/attest/render.ts";
import { PREDICATE } from "../../src/attest/statement.ts";
import type { Digest } from "../../src/registry/image-reference.ts";
import { documentedFields } from "../support/documented-json.ts";
import { reportOf } from "./world.ts";

const digest = `sha256:${"1".repeat(64)}` as Digest;
const at = (digit: string) => `sha256:${digit.repeat(64)}` as Digest;
const smoke = reportOf(digest);
const judged = (over: Partial<Judged>): Judged => ({
	...{ attestation: at("a"), kind: "smoke", predicateType: PREDICATE.smoke, key: "ci", keyId: "k".repeat(64) },
	...{ signedAt: "2026-11-29T12:00:00.000Z", verdict: "ok", reason: null, smoke, ageMs: 40_000 },
	...over,
});
const nobody = { key: null, keyId: null, signedAt: null, smoke: null, ageMs: null };

it("what is attested is a table, what is wrong, and the newest smoke test", () => {
	const reason = "has a signature that does not fit what it says";
	const broken = judged({ ...nobody, attestation: at("b"), verdict: "attestation_invalid", reason });
	const sbom = judged({ ...nobody, attestation: at("c"), kind: "sbom", predicateType: PREDICATE.sbom, key: "ci" });
	expect(renderAttestations({ digest, attestations: [judged({}), sbom, broken], left: 2 })).toMatchInlineSnapshot(`
		"sha256:1111111111111111111111111111111111111111111111111111111111111111
		KIND   BY  SIGNED                    VERDICT  ATTESTATION
		smoke  ci  2026-11-29T12:00:00.000Z  ok       sha256:aaaaaaaaaaaa
		sbom   ci  –                         ok       sha256:cccccccccccc
		smoke  –   –                         invalid  sha256:bbbbbbbbbbbb
		  ci: key kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk
		  sha256:bbbbbbbbbbbb has a signature that does not fit what it says
		2 more are listed and were not looked at
		newest smoke test as cpu, against images:
		  ok      boot: polls after 0.9 s (900 ms)"
	`);
	const pretended = judged({ smoke: { ...smoke, role: "gpu", pretended: true } });
	expect(renderAttestations({ digest, attestations: [pretended], left: 0 })).toContain(
		"newest smoke test as gpu (GPU pretended), against images:",
	);
	expect(renderAttestations({ digest, attestations: [], left: 0 })).toBe(
		`nothing is attested of ${digest}\n  → cres smoke ${digest}`,
	);
});

const attested = {
	...{ digest, predicateType: PREDICATE.smoke, attestation: at("a"), key: "ci", keyId: "k".repeat(64) },
	...{ signedAt: "2026-11-29T12:00:00.000Z", ageMs: 40_000, smoke, passedBy: [`${at("b")} is for ${at("d")}`] },
};

it("an attested smoke test is who signed it, its rungs, and what was passed by", () => {
	expect(renderAttested(attested)).toMatchInlineSnapshot(`
		"sha256:1111111111111111111111111111111111111111111111111111111111111111 passed its smoke test as cpu 40 s ago
		signed by ci (key kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk) at 2026-11-29T12:00:00.000Z: sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
		  ok      boot: polls after 0.9 s (900 ms)
		passed by: sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb is for sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
	`);
});

it("a list of packages is their number", () => {
	const packages = { debian: 321, npm: 45, python: 9 };
	expect(renderSbom({ digest, keyId: "k", manifest: at("a"), packages })).toMatchInlineSnapshot(`
		"sha256:1111111111111111111111111111111111111111111111111111111111111111: 321 packages of Debian, 45 of npm, 9 of PyPI
		attested as sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	`);
});

it("the guide documents every field", async () => {
	const documented = await documentedFields();
	const fields = (command: string) => documented.get(command)?.toSorted();
	expect(fields("attest verify")).toEqual(Object.keys(attested).toSorted());
	expect(fields("attest show")).toEqual(["attestations", "digest", "left"]);
	expect(fields("attest sbom")).toEqual(["digest", "keyId", "manifest", "packages"]);
	expect(fields("attest keygen")).toEqual(["keyId", "name", "publicKey", "replaced"]);
});
