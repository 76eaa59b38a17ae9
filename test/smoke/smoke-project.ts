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

interface Thing {
	name: string;
	id: string;
	/** Its smoke test still runs: that of another test file, which uses the same daemon. */
	alive: boolean;
}

async function allThings(id?: string): Promise<Thing[]> {
	const filters = { label: [id === undefined ? LABEL.smoke : `${LABEL.smoke}=${id}`] };
	const [containers, networks] = await Promise.all([
		docker.listContainers({ all: true, filters }),
		docker.listNetworks({ filters }),
	]);
	const thing = (name: string, labels: Readonly<Record<string, string>> = {}): Thing => ({
		...{ name, id: labels[LABEL.smoke]! },
		alive: isAlive((JSON.parse(labels[LABEL.smokeOwner]!) as { pid: number }).pid),
	});
	return [
		...containers.map(({ Names, Labels }) => thing(Names[0]!, Labels)),
		...networks.map(({ Name, Labels }) => thing(Name, Labels)),
	];
}

function isAlive(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}

/** Names of what ended smoke tests have left, those of one id, ended or not, where it is given. */
export const smokeThings = async (id?: string): Promise<string[]> =>
	(await allThings(id)).filter(({ alive }) => id !== undefined || !alive).map(({ name }) => name);

/** What ended smoke tests have left in the perimeter's store. */
export async function smokeObjects({ store }: TestPerimeter): Promise<string[]> {
	const others = (await allThings()).filter(({ alive }) => alive).map(({ id }) => `queries/smoke-${id}`);
	const account = { accessKey: new Secret(store.accessKey), secretKey: new Secret(store.secretKey) };
	const s3 = createS3({ endpoint: new URL(store.endpoint).host, secure: false, bucket: "cres", ...account });
	const query = { "list-type": "2", prefix: "queries/smoke-" };
	const { content } = await s3.call({ method: "GET", key: "", query, signal: AbortSignal.timeout(10_000) });
	const keys = [...String(content).matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key!);
	return keys.filter((key) => !others.some((start) => key.startsWith(start)));
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
	const labels = { [LABEL.writes]: "/" }; // the lines may change files of the image
	return pushVariant(registryOf(perimeter), REPOSITORY, from, { buildId, entrypoint: ["/entry.sh"], files, labels });
}
