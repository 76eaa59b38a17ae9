import { z } from "zod";
import { UserError } from "../../errors/errors.ts";
import { Secret } from "../../secrets/secret.ts";
import { isLoopback } from "../../system/hosts.ts";
import { jsonOf } from "../../system/json.ts";
import type { AttestConfig } from "../ports.ts";
import { ask, type AskPorts } from "./ask.ts";
import { identityOf, type Identity } from "./identity.ts";

/** The ID token of a run of GitHub Actions. */
export interface IdToken {
	/** For the certificate authority, and nobody else. */
	token: Secret;
	/** Its subject: the challenge that the certificate authority wants signed. */
	subject: string;
	/** As a certificate will have it. */
	identity: Identity;
}

const AUDIENCE = "sigstore";

const answer = z.object({ value: z.string().max(16_384) });
/** docs.github.com/actions/reference/security/oidc */
const claims = z.object({
	iss: z.string(),
	sub: z.string(),
	job_workflow_ref: z.string(),
	repository: z.string(),
	ref: z.string(),
});

/** Whether this process is a step of a workflow of GitHub Actions. */
export const isInActions = ({ value }: Pick<AttestConfig, "value">): boolean => value("GITHUB_RUN_ID") !== undefined;

/**
 * Asks GitHub for the ID token of this run.
 * @throws UserError keyless_permission_missing (usage), keyless_unreachable, keyless_refused
 */
export async function idTokenOf(config: AttestConfig, ports: AskPorts): Promise<IdToken> {
	const secret = config.secret("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
	const url = URL.parse(config.value("ACTIONS_ID_TOKEN_REQUEST_URL") ?? "");
	if (!secret || !url || !isSafe(url, config)) throw permissionMissing();
	url.searchParams.set("audience", AUDIENCE);
	const { value } = await ask(ports, {
		of: "GitHub's service of ID tokens",
		url,
		headers: { authorization: `Bearer ${secret.reveal()}` },
		schema: answer,
	});
	const token = new Secret(value);
	const parsed = claims.safeParse(jsonOf(Buffer.from(value.split(".")[1] ?? "", "base64url")));
	if (!parsed.success)
		throw new UserError("keyless_refused", "GitHub's ID token does not say which workflow runs", {
			hint: "set the secret ATTEST_KEY, which signs without it (cres attest keygen)",
		});
	const { iss: issuer, sub: subject, job_workflow_ref: workflow, repository, ref } = parsed.data;
	return { token, subject, identity: identityOf({ issuer, workflow, repository, ref }) };
}

/** HTTPS; plain HTTP on this machine only where attest.keyless.fulcio is there too, as in tests. */
function isSafe(url: URL, { attest }: AttestConfig): boolean {
	if (url.protocol === "https:") return true;
	const fulcio = new URL(attest.keyless!.fulcio);
	return [url, fulcio].every(({ protocol, hostname }) => protocol === "http:" && isLoopback(hostname));
}

const permissionMissing = () =>
	new UserError("keyless_permission_missing", "GitHub gives this job no ID token, so nothing can be signed", {
		hint: "add `id-token: write` to the permissions of the job in its workflow, or set the secret ATTEST_KEY",
	});
