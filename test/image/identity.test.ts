import { describe, expect, it } from "vitest";
import { buildIdOf } from "../../src/image/build-id.ts";
import { buildTag } from "../../src/registry/image-reference.ts";
import { assertPushesFrom, buildArguments } from "../../src/image/docker-cli.ts";
import { inputsHash, keyTag, type ImageInputs } from "../../src/image/inputs.ts";
import { factLabels, normalConfig, ociManifest, type ImageFacts } from "../../src/image/manifest.ts";
import { bytesOf } from "../../src/image/publish.ts";
import { createPushProgress } from "../../src/image/push-progress.ts";
import type { Digest } from "../../src/registry/image-reference.ts";
import type { ImageConfig } from "../../src/registry/schemas.ts";

const digest = (byte: string) => `sha256:${byte.repeat(32)}` as Digest;
const inputs: ImageInputs = {
	kind: "app",
	flavour: "cpu",
	contextHash: "c".repeat(64),
	dockerfile: "FROM x",
	buildArgs: { B: "2", A: "1" },
	below: digest("0a"),
	dirty: false,
};
const release = {
	kind: "app" as const,
	flavour: "cpu" as const,
	inputs: "ab".repeat(32),
	revision: "4f1c",
	created: "2026-11-20T10:00:00Z",
	version: "0.1.0",
	source: undefined,
	dirty: false,
};
const facts: ImageFacts = {
	...release,
	buildId: "0123456789ab",
	title: "cres app",
	base: { name: "o/n-base", digest: digest("0b") },
};

describe("inputs hash", () => {
	it("does not depend on the order of arguments", () => {
		expect(inputsHash({ ...inputs, buildArgs: { A: "1", B: "2" } })).toBe(inputsHash(inputs));
	});

	it("changes with every input", () => {
		const changes: Partial<ImageInputs>[] = [
			{},
			{ kind: "base" },
			{ flavour: "cuda" },
			{ contextHash: "d".repeat(64) },
			{ dockerfile: "FROM y" },
			{ buildArgs: {} },
			{ below: digest("0c") },
			{ dirty: true },
		];
		expect(new Set(changes.map((change) => inputsHash({ ...inputs, ...change }))).size).toBe(changes.length);
	});

	it("makes a registry tag", () => expect(keyTag("ab".repeat(32))).toBe(`inputs-${"ab".repeat(20)}`));
});

describe("build id", () => {
	it("is 12 hex digits that change with every fact, marked when dirty", () => {
		const id = buildIdOf(release);
		expect(id).toMatch(/^[0-9a-f]{12}$/);
		expect(buildIdOf({ ...release, dirty: true })).toBe(`${id}-dirty`);
		expect(buildTag(id)).toBe(`b-${id}`);
		const changes = [
			{ flavour: "cuda" as const },
			{ revision: "5" },
			{ created: "x" },
			{ version: "2" },
			{ source: "https://x" },
			{ inputs: "1" },
		];
		expect(new Set([id, ...changes.map((change) => buildIdOf({ ...release, ...change }))]).size).toBe(7);
	});
});

describe("docker build", () => {
	it("reads its context from standard input, with sorted arguments", () => {
		const spec = {
			dockerfile: "Dockerfile.base",
			tag: "localhost:5000/o/n:b-1",
			buildArgs: { Z: "1", BASE_IMAGE: "os@sha256:00" },
			labels: { b: "2", a: "one two" },
			noCache: true,
			caBundle: "/etc/ca.pem",
			idFile: "/tmp/id",
		};
		expect(buildArguments(spec)).toEqual([
			...["build", "--progress=plain", "--platform=linux/amd64", "--file=Dockerfile.base"],
			...["--tag=localhost:5000/o/n:b-1", "--iidfile=/tmp/id"],
			...["--build-arg", "BASE_IMAGE=os@sha256:00", "--build-arg", "Z=1"],
			...["--label", "a=one two", "--label", "b=2"],
			...["--secret", "id=ca,src=/etc/ca.pem", "--no-cache", "-"],
		]);
		expect(buildArguments({ ...spec, noCache: false, caBundle: undefined }).slice(-2)).toEqual(["b=2", "-"]);
	});
});

describe("manifest", () => {
	const config = (created: string, id: string): ImageConfig =>
		({
			architecture: "amd64",
			os: "linux",
			created,
			docker_version: "20.10",
			container: id,
			config: { Cmd: ["node"], Hostname: id, Image: id, Env: null, Labels: factLabels(facts) },
			rootfs: { type: "layers", diff_ids: [digest("01")] },
			history: [{ created, created_by: "COPY a /", comment: "buildkit", empty_layer: false }],
		}) as unknown as ImageConfig;

	it("drops what differs between two builds of one tree", () => {
		const first = normalConfig(config("2026-11-23T01:02:03Z", "aaaa"), facts);
		expect(normalConfig(config("2026-11-23T09:08:07Z", "bbbb"), facts)).toEqual(first);
		expect(first.toString()).toBe(
			'{"architecture":"amd64","config":{"Cmd":["node"],"Labels":{"cres.build-id":"0123456789ab","cres.flavour":"cpu","cres.image":"app",' +
				`"cres.inputs":"${"ab".repeat(32)}","org.opencontainers.image.created":"2026-11-20T10:00:00Z",` +
				'"org.opencontainers.image.revision":"4f1c","org.opencontainers.image.version":"0.1.0"}},' +
				'"created":"2026-11-20T10:00:00Z","history":[{"comment":"buildkit","created":"2026-11-20T10:00:00Z",' +
				`"created_by":"COPY a /"}],"os":"linux","rootfs":{"diff_ids":["${digest("01")}"],"type":"layers"}}`,
		);
	});

	it("is an OCI manifest over the same layers with annotations", () => {
		const layer = { mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip", digest: digest("02"), size: 7 };
		const old = { schemaVersion: 2 as const, config: layer, layers: [layer] };
		const descriptor = { mediaType: "application/vnd.oci.image.config.v1+json", digest: digest("03"), size: 9 };
		expect(JSON.parse(ociManifest(old, descriptor, { ...facts, source: "https://e.org/r" }).toString())).toEqual({
			schemaVersion: 2,
			mediaType: "application/vnd.oci.image.manifest.v1+json",
			config: descriptor,
			layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: digest("02"), size: 7 }],
			annotations: {
				"cres.build-id": "0123456789ab",
				"cres.flavour": "cpu",
				"cres.image": "app",
				"cres.inputs": "ab".repeat(32),
				"org.opencontainers.image.base.digest": digest("0b"),
				"org.opencontainers.image.base.name": "o/n-base",
				"org.opencontainers.image.created": "2026-11-20T10:00:00Z",
				"org.opencontainers.image.revision": "4f1c",
				"org.opencontainers.image.source": "https://e.org/r",
				"org.opencontainers.image.title": "cres app",
				"org.opencontainers.image.version": "0.1.0",
			},
		});
	});
});

describe("push progress", () => {
	it("counts layers and bytes, and tells which travelled", () => {
		const progress = createPushProgress();
		const [one, two] = ["a".repeat(12), "b".repeat(12)];
		progress.add({ id: one, status: "Layer already exists" });
		expect(progress.add({ id: two, status: "Pushing", progressDetail: { current: 1_250_000, total: 5_000_000 } })).toBe(
			"2 layers, 1.3/5.0 MB",
		);
		expect(progress.add({ id: two, status: "Pushed" })).toBe("2 layers, 5.0/5.0 MB");
		expect([...progress.sent()]).toEqual([two]);
	});
});

describe("M28: layers of the containerd image store", () => {
	const layer = (mediaType: string, byte: string, size: number) => ({ mediaType, digest: digest(byte), size });
	const type = "application/vnd.oci.image.layer.v1.tar";
	const pushed = {
		...{ schemaVersion: 2 as const, config: layer("c", "0f", 1) },
		layers: [
			layer(`${type}+zstd`, "a1", 10),
			layer("application/vnd.docker.image.rootfs.diff.tar.gzip", "a2", 200),
			layer(type, "a3", 3_000),
			layer(`${type}+gzip`, "a4", 40_000),
		],
	};

	it("keep how they are compressed", () => {
		const { layers } = JSON.parse(ociManifest(pushed, pushed.config, facts).toString()) as typeof pushed;
		expect(layers.map(({ mediaType }) => mediaType)).toEqual([`${type}+zstd`, `${type}+gzip`, type, `${type}+gzip`]);
	});

	it("are counted under either name", () => {
		const config = { rootfs: { diff_ids: ["d1", "d2", "d3", "d4"].map(digest) } } as unknown as ImageConfig;
		const sent = new Set(["a1".repeat(6), "d3".repeat(6), "ee".repeat(6)]);
		expect(bytesOf({ manifest: pushed, config }, sent)).toBe(3_010);
	});
});

describe("T11: the daemon of a push", () => {
	it.each([
		["far", "ssh://ci@build-host"],
		["far", "tcp://10.0.0.7:2376"],
	])("is refused in the context %s at %s", (context, host) => {
		expect(() => assertPushesFrom({ context, host })).toThrow(
			`the docker context ${context} builds on ${host}, from where cres cannot push`,
		);
	});

	it.each([
		["default", "unix:///var/run/docker.sock"],
		["default", "tcp://10.0.0.7:2376"],
		["rootless", "unix:///run/user/1000/docker.sock"],
		["desktop-linux", "unix:///home/me/.docker/desktop/docker.sock"],
		["desktop-windows", "npipe:////./pipe/dockerDesktopWindowsEngine"],
	])("M63: is the one that builds in the context %s at %s", (context, host) => {
		expect(() => assertPushesFrom({ context, host })).not.toThrow();
	});
});
