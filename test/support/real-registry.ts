import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { LABEL } from "../../src/contracts/labels.ts";
import { buildTag, type Digest } from "../../src/registry/image-reference.ts";
import { createRegistry, type Registry } from "../../src/registry/registry.ts";
import { MEDIA_TYPE } from "../../src/registry/schemas.ts";
import { freePort } from "./free-ports.ts";

/** Debian's docker-registry on a free port of loopback, empty. */
export interface RealRegistry {
	/** `127.0.0.1:<port>` */
	address: string;
	/** A client of its own. */
	client(): Registry;
	close(): Promise<void>;
}

/** @param deletes it removes manifests when it is asked to */
export async function startRegistry({ deletes = true } = {}): Promise<RealRegistry> {
	const directory = await mkdtemp(join(tmpdir(), "cres-registry-"));
	const address = `127.0.0.1:${await freePort()}`;
	const config = join(directory, "config.yml");
	await writeFile(config, configText(join(directory, "data"), address, deletes));
	const child = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
	const ended = once(child, "exit");
	const client = () => createRegistry({ address, tls: false }, undefined, { timeoutMs: 5_000 });
	for (let tries = 0; !(await answers(address)); tries++) {
		if (tries > 200) throw new Error("docker-registry does not answer");
		await delay(50);
	}
	return {
		...{ address, client },
		async close() {
			child.kill();
			await ended;
			await rm(directory, { recursive: true, force: true });
		},
	};
}

const configText = (storage: string, address: string, deletes: boolean): string => `version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage:
  filesystem: { rootdirectory: ${JSON.stringify(storage)} }
  delete: { enabled: ${deletes} }
http: { addr: "${address}" }
`;

const answers = (address: string): Promise<boolean> =>
	fetch(`http://${address}/v2/`).then(
		({ ok }) => ok,
		() => false,
	);

const CONFIG = Buffer.from(
	JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } }),
);

/** Pushes an app image of a build, with one layer of its own beside those given; returns its digest. */
export async function pushApp(
	registry: Registry,
	repository: string,
	buildId: string,
	shared: readonly string[] = [],
): Promise<Digest> {
	const layers = await Promise.all(
		[...shared, `layer of ${buildId}`].map((text) =>
			registry.putBlob(repository, Buffer.from(text), MEDIA_TYPE.ociPlainLayer),
		),
	);
	const config = await registry.putBlob(repository, CONFIG, MEDIA_TYPE.ociConfig);
	const manifest = {
		...{ schemaVersion: 2, mediaType: MEDIA_TYPE.ociManifest, config, layers },
		annotations: { [LABEL.buildId]: buildId },
	};
	const bytes = Buffer.from(JSON.stringify(manifest));
	return registry.putManifest(repository, buildTag(buildId), bytes, MEDIA_TYPE.ociManifest);
}
