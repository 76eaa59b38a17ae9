import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import type { Flavour } from "../../src/contracts/build-info.ts";
import { LABEL } from "../../src/contracts/labels.ts";
import type { Observation } from "../../src/instances/instance.ts";
import { openInstance } from "../../src/instances/open.ts";
import type { Digest } from "../../src/registry/image-reference.ts";
import type { Registry } from "../../src/registry/registry.ts";
import { MEDIA_TYPE } from "../../src/registry/schemas.ts";
import { resolveImage, type Sight } from "../../src/rollout/observe.ts";
import type { RolloutPorts } from "../../src/rollout/ports.ts";
import { preflight } from "../../src/rollout/preflight.ts";
import { systemClock } from "../../src/system/clock.ts";
import { silent } from "../../src/system/progress.ts";
import { unattested } from "../support/attestations.ts";
import { goodStore } from "../support/good-store.ts";
import { PLAIN_PERIMETER } from "../support/plain-perimeter.ts";

const INSTANCES = `
  cpu-1: { driver: vast, id: 1, key: k, roles: [cpu] }
  gpu-1: { driver: vast, id: 2, key: k, roles: [cpu, gpu] }
  gpu-2: { driver: vast, id: 3, key: k, roles: [gpu], flavour: cuda }
  pretended: { driver: vast, id: 4, key: k, roles: [gpu], env: { GPU_PRETEND: "1" } }
  pretended-too: { driver: vast, id: 5, key: k, roles: [gpu], env: { GPU_PRETEND: "True" } }
  not-pretended: { driver: vast, id: 6, key: k, roles: [gpu], env: { GPU_PRETEND: "off" } }
`;

const digestOf = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}` as Digest;

/** Holds one image, under every tag; one that was made before there were flavours when none is given. */
function registryWith(flavour?: Flavour): Registry {
	const config = JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } });
	const manifest = JSON.stringify({
		schemaVersion: 2,
		config: { mediaType: MEDIA_TYPE.ociConfig, digest: digestOf(config), size: config.length },
		layers: [],
		annotations: { [LABEL.buildId]: "0123456789ab", ...(flavour ? { [LABEL.flavour]: flavour } : {}) },
	});
	const held = { digest: digestOf(manifest), mediaType: MEDIA_TYPE.ociManifest };
	const readOnly = () => Promise.reject(new Error("nothing is pushed here"));
	return {
		...{ address: "r.test", ping: async () => {}, mayPush: readOnly, resolve: async () => held },
		...{ putBlob: readOnly, putManifest: readOnly, referrers: async () => undefined },
		...{ standing: readOnly, moveTag: readOnly, tags: async () => [], deleteManifest: readOnly },
		manifest: async () => ({ ...held, bytes: Buffer.from(manifest) }),
		blob: async () => Buffer.from(config),
	};
}

let root: string;
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-flavour-"));
	const lines = [
		...["project: p", "image: { repository: o/n }", "registry: { push: { address: r.test } }"],
		...['temporal: { address: "t.test:1" }', 'store: { endpoint: "s.test:1" }', `instances:${INSTANCES}`],
	];
	await writeFile(join(root, "cres.yaml"), lines.join("\n"));
	await mkdir(join(root, "docs"));
	await writeFile(join(root, "docs/Perimeter.md"), PLAIN_PERIMETER);
	await writeFile(join(root, ".env"), "MINIO_ACCESS_KEY=a\nMINIO_SECRET_KEY=s\n");
});
afterEach(() => rm(root, { recursive: true, force: true }));

const absent = () => Promise.reject(new Error("not needed"));

/** Sees an instance on which nothing runs and everything fits. */
const observation: Observation = {
	...{ gpu: true, reference: "r.test/o/n:b-0123456789ab", close: () => {}, unfit: async () => [] },
	weigh: () => ({ previous: undefined, serves: false, generation: 1, plan: [] }),
	...{ assertUnchanged: absent, begin: () => expect.unreachable("nothing is begun before the preflight") },
};

/** The build id of the image, when it may run on the instance. */
async function find(name: string, flavour?: Flavour): Promise<string> {
	const config = await loadConfig({ directory: root, environment: {} });
	const common = { config, clock: systemClock, signal: new AbortController().signal, temporal: absent };
	const opened = await openInstance(
		{ ...common, note: () => {}, vast: absent, acceptHostKey: async () => false, credential: undefined },
		name,
	);
	const lease = { holder: async () => undefined, take: absent, break: absent };
	const registry = async () => registryWith(flavour);
	const ports: RolloutPorts = {
		...common,
		instance: { ...opened, lease },
		progress: silent,
		registry,
		store: goodStore,
		attested: unattested,
	};
	const reference = "b-0123456789ab";
	const looking = Promise.resolve<Sight>({ observation, known: { releases: [], polls: [] }, interrupted: undefined });
	await using seen = await preflight(ports, { reference }, resolveImage(ports, reference), looking);
	return seen.next.image.buildId;
}

describe("an image of flavour cpu", () => {
	it("is refused for the role gpu, with the way to the right one", async () => {
		await expect(find("gpu-1", "cpu")).rejects.toMatchObject({
			code: "wrong_flavour",
			message: "gpu-1 has the role gpu, but 0123456789ab has the engines of cpu only",
			hint: "set instances.gpu-1.flavour: cuda in cres.yaml, then cres build all --push --flavour cuda",
		});
		await expect(find("gpu-2", "cpu")).rejects.toMatchObject({
			hint: "cres build all --push --flavour cuda, then cres deploy gpu-2",
		});
	});

	it("is refused where GPU_PRETEND is off, however that is written", async () => {
		await expect(find("not-pretended", "cpu")).rejects.toMatchObject({ code: "wrong_flavour" });
	});

	it.each(["cpu-1", "pretended", "pretended-too"])("is taken for %s", async (instance) =>
		expect(await find(instance, "cpu")).toBe("0123456789ab"),
	);
});

it.each([["cuda"], [undefined]] as const)("an image of flavour %s is taken for the role gpu", async (flavour) =>
	expect(await find("gpu-1", flavour)).toBe("0123456789ab"),
);
