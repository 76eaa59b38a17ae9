import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OCI } from "../../../src/contracts/labels.ts";
import { digestOf } from "../../../src/registry/image-reference.ts";
import { createRegistry, type Registry } from "../../../src/registry/registry.ts";
import { compressedBytes, readImage } from "../../../src/registry/release-image.ts";
import { Secret } from "../../../src/secrets/secret.ts";
import { bytes, table } from "../../../src/system/text.ts";
import { mustRun, say } from "../measure.ts";
import type { Stage } from "./stage.ts";

const AIM = { app: 3_000_000, cpu: 450_000_000 };
const APP = "cres/worker";
const BASE = `${APP}-base`;
const MOST_NAMED = 5;

/** What each layer weighs as it travels, by the registry's manifest, and what it holds unpacked. */
export async function sizesSection({ project: { perimeter }, digest }: Stage): Promise<void> {
	const { username, password } = perimeter.credentials.registry;
	const address = { address: `127.0.0.1:${perimeter.ports.registry}`, tls: false };
	const registry = createRegistry(address, { username, password: new Secret(password) });
	const app = (await readImage(registry, APP, digest))!.manifest;
	const base = (await readImage(registry, BASE, app.annotations![OCI.baseDigest]!))!.manifest;
	const rows: string[][] = [];
	for (const [at, { digest: layer, size }] of app.layers.entries()) {
		const isBase = at < base.layers.length;
		rows.push([isBase ? "base" : "app", bytes(size), await contentOf(registry, isBase ? BASE : APP, layer)]);
	}
	const own = compressedBytes({ ...app, layers: app.layers.slice(base.layers.length) });
	say(table(["IMAGE", "COMPRESSED", "HOLDS, UNPACKED"], rows));
	say(`  app layers: ${bytes(own)} (aim ≤ ${bytes(AIM.app)})`);
	say(`  all of the cpu flavour: ${bytes(compressedBytes(app))} in ${rows.length} layers (aim ≤ ${bytes(AIM.cpu)})`);
}

/** The heaviest directories of a layer. */
async function contentOf(registry: Registry, repository: string, digest: string): Promise<string> {
	const directory = await mkdtemp(join(tmpdir(), "cres-bench-"));
	try {
		const file = join(directory, "layer.tgz");
		await writeFile(file, await registry.blob(repository, digestOf(digest)));
		const { stdout } = await mustRun("tar", ["--list", "--verbose", "--gzip", "--file", file]);
		const sizes = sizesIn(stdout);
		const heaviest = Object.entries(sizes).toSorted(([, a], [, b]) => b - a);
		const rest = heaviest.slice(MOST_NAMED).reduce((sum, [, size]) => sum + size, 0);
		const named = heaviest.slice(0, MOST_NAMED).map(([path, size]) => `${path} ${bytes(size)}`);
		return [...named, ...(rest > 0 ? [`others ${bytes(rest)}`] : [])].join(", ");
	} finally {
		await rm(directory, { recursive: true });
	}
}

/** Bytes by the first two parts of the path, out of tar's long listing: mode, owner, size, date, time, path. */
function sizesIn(listing: string): Record<string, number> {
	const sizes: Record<string, number> = {};
	for (const line of listing.split("\n")) {
		const [, size, path] = /^-\S+\s+\S+\s+(\d+)\s+\S+\s+\S+\s+(.*)$/.exec(line) ?? [];
		if (path === undefined) continue;
		const place = `/${path
			.replace(/^\.?\//, "")
			.split("/")
			.slice(0, 2)
			.join("/")}`;
		sizes[place] = (sizes[place] ?? 0) + Number(size);
	}
	return sizes;
}
