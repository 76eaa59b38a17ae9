import { readFile } from "node:fs/promises";
import Docker from "dockerode";
import { LABEL } from "../../src/contracts/labels.ts";
import { smokeReportSchema, type SmokeReport } from "../../src/contracts/smoke.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { createRegistry, type Registry } from "../../src/registry/registry.ts";
import { createS3 } from "../../src/store/s3.ts";
import { lastBuildOf } from "../support/deployable.ts";
import { pushVariant } from "../support/image-variant.ts";
import type { Ran } from "../support/cres.ts";
import type { TestPerimeter } from "../support/perimeter.ts";

/** The operator's daemon, on which images are smoked. */
const docker = new Docker({ socketPath: "/var/run/docker.sock" });
const REPOSITORY = "cres/worker";

/** Digest of the image that the perimeter was given. */
export async function givenDigest(perimeter: TestPerimeter): Promise<string> {
	const text = await readFile(lastBuildOf(perimeter.project), "utf8");
	return /sha256:[0-9a-f]{64}/.exec(text)![0];
}

/** Names of containers and networks of smoke tests, those of one id where it is given. */
export async function smokeThings(id?: string): Promise<string[]> {
	const filters = { label: [id === undefined ? LABEL.smoke : `${LABEL.smoke}=${id}`] };
	const [containers, networks] = await Promise.all([
		docker.listContainers({ all: true, filters }),
		docker.listNetworks({ filters }),
	]);
	return [...containers.map(({ Names }) => Names[0]!), ...networks.map(({ Name }) => Name)];
}

/** What smoke tests have stored in the perimeter. */
export async function smokeObjects({ store }: TestPerimeter): Promise<string[]> {
	const keys = { accessKey: new Secret(store.accessKey), secretKey: new Secret(store.secretKey) };
	const s3 = createS3({ endpoint: new URL(store.endpoint).host, secure: false, bucket: "cres", ...keys });
	const query = { "list-type": "2", prefix: "queries/smoke-" };
	const answer = await s3.call({ method: "GET", key: "", query, signal: AbortSignal.timeout(10_000) });
	return [...(await answer.text()).matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key!);
}

export const reportOf = ({ stdout, stderr }: Ran): SmokeReport => {
	try {
		return smokeReportSchema.parse(JSON.parse(stdout));
	} catch (error) {
		throw new Error(`no report: ${stdout}\n${stderr}`, { cause: error });
	}
};

export const registryOf = ({ registry }: TestPerimeter): Registry =>
	createRegistry(
		{ address: registry.address, tls: false },
		{ username: registry.username, password: new Secret(registry.password) },
	);

/** The given image with shell lines before its own entry point; its build file names the build. */
export function pushEntry(perimeter: TestPerimeter, from: string, buildId: string, lines: string): Promise<void> {
	const info = { buildId, revision: "test", version: "0.0.0", created: "2026-11-29T00:00:00Z", flavour: "cpu" };
	const files = {
		"entry.sh": `#!/bin/sh\n${lines}\nexec /app/boot\n`,
		"app/build-info.json": JSON.stringify(info),
	};
	return pushVariant(registryOf(perimeter), REPOSITORY, from, { buildId, entrypoint: ["/entry.sh"], files });
}
