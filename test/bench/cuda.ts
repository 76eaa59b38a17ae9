import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import type { Flavour } from "../../src/contracts/build-info.ts";
import type { Build } from "../../src/image/build.ts";
import { createRegistry, type Registry } from "../../src/registry/registry.ts";
import { readImage, type StoredImage } from "../../src/registry/release-image.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { bytes } from "../../src/system/text.ts";
import { kernelsOf, version, wayOf, type Kernels } from "./fatbin.ts";
import { say } from "./measure.ts";
import { withProject, type BenchProject } from "./project.ts";
import { torchWheels } from "./torch-wheels.ts";

/** Compute capabilities that have to be served, in tenths. */
const WANTED = [75, 80, 86, 89, 90, 100, 120];
const LIBRARIES = /\/(libggml-cuda\.so|libctranslate2[^/]*\.so[^/]*|libcublas(?:Lt)?\.so[^/]*)$/;
const MOST = 0.5;

type Layers = StoredImage["manifest"]["layers"];

/** What the cuda flavour weighs beside PyTorch's wheels, and which cards its kernels serve. */
export async function cudaBench(root: string): Promise<void> {
	const wheels = await torchWheels(join(root, ".cres/whisper/bin/python"));
	say("  wheels of PyTorch with CUDA, as pip would download them now:");
	for (const { name, version: at, bytes: size } of wheels) say(`    ${bytes(size).padStart(9)}  ${name} ${at}`);
	const theirs = sum(wheels.map((wheel) => wheel.bytes));
	say(`    ${bytes(theirs).padStart(9)}  all of them`);
	await withProject(root, {}, async (project) => {
		const registry = registryOf(project);
		const cpu = await baseLayers(project, registry, "cpu");
		const cuda = await baseLayers(project, registry, "cuda");
		const below = new Set(cpu.layers.map(({ digest }) => digest));
		const added = cuda.layers.filter(({ digest }) => !below.has(digest));
		saySize("what the cuda flavour adds to the cpu flavour", added, theirs);
		saySize("the whole base image of the cuda flavour", cuda.layers, theirs);
		await sayKernels(registry, cuda);
	});
}

interface Base {
	repository: string;
	layers: Layers;
}

async function baseLayers({ json }: BenchProject, registry: Registry, flavour: Flavour): Promise<Base> {
	const { images } = await json<Build>("build", "base", "--push", "--allow-dirty", "--flavour", flavour);
	const { repository, digest } = images[0]!;
	return { repository, layers: (await readImage(registry, repository, digest!))!.manifest.layers };
}

function saySize(what: string, layers: Layers, theirs: number): void {
	const ours = sum(layers.map(({ size }) => size));
	say(`  ${what}: ${bytes(ours)} compressed, ${(ours / theirs).toFixed(2)} × the wheels (aim ≤ ${MOST} ×)`);
}

async function sayKernels(registry: Registry, { repository, layers }: Base): Promise<void> {
	say("  kernels, as they stand in the image:");
	for (const { digest } of layers)
		for await (const { name, kernels } of librariesOf(await registry.blob(repository, digest))) {
			const list = (archs: readonly number[]) => archs.map(version).join(" ") || "none";
			say(`    ${name}: machine code ${list(kernels.sass)}; PTX ${list(kernels.ptx)}`);
			for (const card of WANTED) say(`      ${version(card).padStart(4)}  ${wayOf(kernels, card) ?? "NOT SERVED"}`);
		}
}

async function* librariesOf(layer: Buffer): AsyncGenerator<{ name: string; kernels: Kernels }> {
	for await (const entry of Readable.from([layer]).pipe(createGunzip()).pipe(extract())) {
		const name = LIBRARIES.exec(`/${entry.header.name}`)?.[1];
		if (name !== undefined && entry.header.type === "file") yield { name, kernels: kernelsOf(await buffer(entry)) };
		else entry.resume();
	}
}

function registryOf({ perimeter: { ports, credentials } }: BenchProject): Registry {
	const { username, password } = credentials.registry;
	const address = { address: `127.0.0.1:${ports.registry}`, tls: false };
	return createRegistry(address, { username, password: new Secret(password) });
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
