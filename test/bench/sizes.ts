import { setTimeout as delay } from "node:timers/promises";
import type Docker from "dockerode";
import { OCI } from "../../src/contracts/labels.ts";
import { createRegistry, type Registry } from "../../src/registry/registry.ts";
import { compressedBytes, readImage, type StoredImage } from "../../src/registry/release-image.ts";
import type { Rollout } from "../../src/rollout/outcome.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { bytes } from "../../src/system/text.ts";
import { say } from "./measure.ts";
import { BENCH_INSTANCE, benchContainers, prepare, withProject, type BenchProject } from "./project.ts";

const REPOSITORY = "cres/worker";
const SETTLE_MS = 15_000;

/** Memory of an idle worker and what the images weigh. */
export const sizesBench = (root: string): Promise<void> =>
	withProject(root, {}, async (project) => {
		await prepare(project);
		const { digest } = await project.json<Rollout>("deploy", BENCH_INSTANCE);
		await sayImages(registryOf(project), digest);
		await delay(SETTLE_MS);
		await sayMemory(project.docker);
	});

function registryOf({ perimeter: { ports, credentials } }: BenchProject): Registry {
	const { username, password } = credentials.registry;
	const address = { address: `127.0.0.1:${ports.registry}`, tls: false };
	return createRegistry(address, { username, password: new Secret(password) });
}

async function sayImages(registry: Registry, digest: string): Promise<void> {
	const app = (await readImage(registry, REPOSITORY, digest))!;
	const base = (await readImage(registry, `${REPOSITORY}-base`, app.manifest.annotations![OCI.baseDigest]!))!;
	sayLayers("base", base, 0);
	sayLayers("app, on top of base", app, base.manifest.layers.length);
}

/** The layers from number `from` on, compressed as the registry holds them. */
function sayLayers(title: string, { manifest, config }: StoredImage, from: number): void {
	const layers = manifest.layers.slice(from);
	const made = config.history.filter(({ empty_layer }) => !empty_layer).slice(from);
	say(`  ${title}: ${bytes(compressedBytes({ ...manifest, layers }))} compressed in ${layers.length} layers`);
	for (const [index, { size }] of layers.entries())
		say(`    ${bytes(size).padStart(9)}  ${(made[index]?.created_by ?? "").split("\n")[0]!.slice(0, 90)}`);
}

async function sayMemory(docker: Docker): Promise<void> {
	const [container] = await benchContainers(docker);
	const { Processes } = (await docker.getContainer(container!.Id).top({ ps_args: "-eo pid,rss,args" })) as {
		Processes: string[][];
	};
	say(`  idle worker, ${SETTLE_MS / 1000} s after its first poll:`);
	for (const [, kib, command] of Processes) say(`    ${bytes(Number(kib) * 1024).padStart(9)}  resident: ${command}`);
}
