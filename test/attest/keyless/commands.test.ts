import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { stringify } from "yaml";
import { BUNDLE_TYPE } from "../../../src/attest/bundle-schema.ts";
import type { Digest } from "../../../src/registry/image-reference.ts";
import { attach } from "../../../src/registry/referrers.ts";
import { loopbackRegistry } from "../../registry/loopback-registry.ts";
import { pushApp } from "../../support/real-registry.ts";
import { runCres } from "../../support/run-cres.ts";
import { createSigstore } from "../../support/sigstore/sigstore.ts";
import { bundleOfRun, keylessPlace, OUR_WORKFLOW } from "./world.ts";
import { NOW, REPOSITORY } from "../world.ts";

const SENTINEL = "sentinel-of-the-request";

/** A project with attest.keyless, and an app image that a run of its workflow has attested. */
async function project() {
	const sigstore = createSigstore();
	const { client, host } = await loopbackRegistry();
	const registry = client();
	const digest = (await pushApp(registry, REPOSITORY, "111111111111")) as Digest;
	const bytes = Buffer.from(JSON.stringify(await bundleOfRun(sigstore, { digest })));
	await attach(registry, REPOSITORY, digest, { type: BUNDLE_TYPE, bytes, annotations: {} }, async () => {});
	const { root, keyless } = await keylessPlace(sigstore.trustedRoot);
	const settings = {
		...{ project: "p", image: { repository: REPOSITORY }, registry: { push: { address: host, tls: false } } },
		...{ temporal: { address: "127.0.0.1:9" }, store: { endpoint: "127.0.0.1:9" } },
		attest: { keyless, max_age: `${Math.ceil((Date.now() - NOW) / 3_600_000) + 24}h` },
	};
	await writeFile(join(root!, "cres.yaml"), stringify(settings));
	await writeFile(join(root!, ".env"), `ACTIONS_ID_TOKEN_REQUEST_TOKEN=${SENTINEL}\n`, { mode: 0o600 });
	return { directory: root!, digest };
}

it("what a run has signed is shown, verified and promoted, with the workflow that signed", async () => {
	const { directory, digest } = await project();
	const shown = await runCres(directory, "attest", "show", digest);
	expect(shown.stdout).toMatch(/^smoke +images +2026-11-29T12:00:00\.000Z +ok /m);
	expect(shown.stdout).toContain(`\n  images: ${OUR_WORKFLOW}\n`);
	const verified = await runCres(directory, "attest", "verify", digest);
	expect(verified.stdout).toContain(`\nsigned by images (${OUR_WORKFLOW}) at 2026-11-29T12:00:00.000Z: sha256:`);
	const { stdout } = await runCres(directory, "attest", "verify", digest, "--json");
	expect(JSON.parse(stdout)).toMatchObject({ key: "images", keyId: OUR_WORKFLOW });
	const promoted = await runCres(directory, "promote", digest, "canary");
	expect(promoted).toMatchObject({ code: 0, stdout: expect.stringContaining(`attested by ${OUR_WORKFLOW} at `) });
	const settings = await runCres(directory, "config");
	expect(settings.stdout).toContain("ACTIONS_ID_TOKEN_");
	for (const one of [shown, verified, promoted, settings]) expect(`${one.stdout}${one.stderr}`).not.toContain(SENTINEL);
});
