import { smokedRole } from "../contracts/smoke.ts";
import { ago, seconds, table } from "../system/text.ts";
import type { Judged } from "./judge.ts";
import type { Generated } from "./keygen.ts";
import type { Attestations } from "./read.ts";
import type { WrittenSbom } from "./sbom.ts";
import { signerText } from "./signed-by.ts";
import type { VerifiedSmoke } from "./verify.ts";

/** One line an attestation; below it who has signed, what is wrong, and the rungs of the newest smoke test. */
export function renderAttestations({ digest, attestations, left }: Attestations): string {
	if (attestations.length === 0) return `nothing is attested of ${digest}\n  → cres smoke ${digest}`;
	const rows = attestations.map(({ kind, key, signedAt, verdict, attestation }) => [
		...[kind, key ?? "–", signedAt ?? "–", verdict.replace("attestation_", ""), attestation.slice(0, 19)],
	]);
	const faults = attestations.filter(({ reason }) => reason !== null).map(faultLine);
	const smoke = attestations.find((one) => one.smoke !== null)?.smoke;
	return [
		digest,
		table(["KIND", "BY", "SIGNED", "VERDICT", "ATTESTATION"], rows),
		...new Set(attestations.flatMap(signerLine)),
		...faults,
		...(left > 0 ? [`${left} more are listed and were not looked at`] : []),
		...(smoke ? [`newest smoke test as ${smokedRole(smoke)}, against ${smoke.against}:`, ...rungLines(smoke)] : []),
	].join("\n");
}

const signerLine = ({ key, keyId }: Judged): string[] =>
	key === null || keyId === null ? [] : [`  ${key}: ${signerText(keyId)}`];

const faultLine = ({ attestation, reason }: Judged): string => `  ${attestation.slice(0, 19)} ${reason}`;

const rungLines = ({ rungs }: VerifiedSmoke["smoke"]): string[] =>
	rungs.map(({ name, status, observed, ms }) => `  ${status.padEnd(7)} ${name}: ${observed} (${seconds(ms)})`);

/** Who signed what and when, then the rungs. */
export function renderAttested({ digest, key, keyId, signedAt, ageMs, smoke, ...rest }: VerifiedSmoke): string {
	const { attestation, passedBy } = rest;
	return [
		`${digest} passed its smoke test as ${smokedRole(smoke)} ${ago(ageMs)}`,
		`signed by ${key} (${signerText(keyId)}) at ${signedAt}: ${attestation}`,
		...rungLines(smoke),
		...passedBy.map((line) => `passed by: ${line}`),
	].join("\n");
}

/** The public key itself, so that it can be written into a file; then where things are. */
export const renderGenerated = ({ publicKey }: Generated): string => publicKey.trimEnd();

/** Where the two halves of a new key are, and what to do with them. */
export const renderPlace = ({ name, keyId, replaced }: Generated): string =>
	[
		`key ${name} (${keyId}): the private half is ATTEST_KEY in .env${replaced ? ", in place of the one before" : ""}; the public half stands in cres.yaml`,
		"commit cres.yaml; in CI set ATTEST_KEY as a secret",
	].join("\n");

/** How many packages of each kind, and where the list is. */
export function renderSbom({ digest, manifest, packages }: WrittenSbom): string {
	if (!packages) return `the packages of ${digest} are attested already: ${manifest}`;
	const { debian, npm, python } = packages;
	return `${digest}: ${debian} packages of Debian, ${npm} of npm, ${python} of PyPI\nattested as ${manifest}`;
}

/** What became of a smoke test that passed. @param unsigned why nothing was signed */
export const renderWritten = (
	written: { digest: string; manifest: string } | undefined,
	unsigned: string | undefined,
): string =>
	written
		? `smoke test of ${written.digest} attested as ${written.manifest}`
		: `not attested: ${unsigned}; cres attest keygen makes a key`;
