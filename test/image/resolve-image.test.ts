import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import type { Flavour } from "../../src/contracts/build-info.ts";
import type { BuildPorts } from "../../src/image/ports.ts";
import { resolveImage } from "../../src/image/resolve-image.ts";
import { rememberBuild } from "../../src/state/last-build.ts";
import { systemClock } from "../../src/system/clock.ts";
import { silent } from "../../src/system/progress.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
let root: string;
let ports: BuildPorts;

beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-wanted-"));
	const instance = (flavour?: Flavour) =>
		`{ driver: vast, id: 1, key: k, roles: [gpu]${flavour ? `, flavour: ${flavour}` : ""} }`;
	const lines = [
		...["project: p", "image: { repository: o/n }", "registry: { push: { address: r.test } }"],
		...['temporal: { address: "t:1" }', 'store: { endpoint: "s:1" }', "instances:"],
		...[`  old: ${instance()}`, `  cpu-1: ${instance("cpu")}`],
		...[`  gpu-1: ${instance("cuda")}`, `  gpu-2: ${instance("cuda")}`],
	];
	await writeFile(join(root, "cres.yaml"), lines.join("\n"));
	const config = await loadConfig({ directory: root, environment: {} });
	const absent = () => Promise.reject(new Error("not needed"));
	ports = {
		...{ config, clock: systemClock, progress: silent, signal: new AbortController().signal },
		...{ shell: { run: absent }, registry: absent, credential: undefined },
	};
});
afterEach(() => rm(root, { recursive: true, force: true }));

const wanted = (instances: string[], image?: string) =>
	resolveImage(ports, { image, channel: undefined, build: false, allowDirty: false, instances });

describe("the image of a deploy", () => {
	it("is the last build of the flavour that the instances want; cpu unless they say", async () => {
		const build = { buildId: "0123456789ab", pushedAt: "2026-01-01T00:00:00Z" };
		await rememberBuild(ports.config.state, "cpu", { ...build, digest: digest("a") });
		await expect(wanted(["gpu-1"])).rejects.toMatchObject({
			code: "no_build",
			hint: "cres build all --push --flavour cuda, or name one with --image",
		});
		await rememberBuild(ports.config.state, "cuda", { ...build, digest: digest("c") });
		expect(await wanted(["old", "cpu-1"])).toBe(digest("a"));
		expect(await wanted(["gpu-1", "gpu-2"])).toBe(digest("c"));
		expect(await wanted(["nowhere"])).toBe(digest("a"));
	});

	it("is looked for in the repository of cres.yaml alone", async () => {
		expect(await wanted(["old"], `r.test/o/n@${digest("a")}`)).toBe(digest("a"));
		await expect(wanted(["old"], `ghcr.io/other/thing@${digest("a")}`)).rejects.toMatchObject({
			code: "image_reference",
			message: `"ghcr.io/other/thing@${digest("a")}" is not of r.test/o/n`,
		});
	});

	it("is never one for instances of several flavours, unless it is named", async () => {
		await expect(wanted(["gpu-1", "old", "gpu-2"])).rejects.toMatchObject({
			code: "mixed_flavours",
			exit: "usage",
			message: "one deploy brings one image, but gpu-1, gpu-2 want cuda and old wants cpu",
			hint: "cres deploy gpu-1 gpu-2, then cres deploy old",
		});
		expect(await wanted(["gpu-1", "old"], digest("d"))).toBe(digest("d"));
	});
});
