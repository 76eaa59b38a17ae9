import { mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { assertSame, changedMeanwhile } from "../../src/instances/changed.ts";
import { instanceConfig } from "../../src/instances/find.ts";
import { neededBytes } from "../../src/instances/image-size.ts";
import { assertInstanceName, knownInstance, recordInstance } from "../../src/instances/configured.ts";
import { slowChange } from "../support/config-change.ts";
import { shellWord } from "../../src/system/text.ts";

const SETTINGS = `# ours
project: shop
image: { repository: owner/worker }
registry: { push: { address: "127.0.0.1:5000" } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000" }
`;
const CPU = "  cpu-1: { driver: docker, host: 10.0.0.5, key: id, roles: [cpu], memory_mb: 512 } # the old one\n";
const GPU = "  gpu-1: { driver: vast, id: 7, key: id, roles: [gpu], env: { A: b } }\n";

let root: string;
const load = (instances = "") =>
	writeFile(join(root, "cres.yaml"), `${SETTINGS}${instances && `instances:\n${instances}`}`).then(() =>
		loadConfig({ directory: root, environment: {} }),
	);
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-records-"));
});
const text = () => readFile(join(root, "cres.yaml"), "utf8");

describe("an instance of cres.yaml", () => {
	it("is found by its name", async () => {
		expect(instanceConfig(await load(CPU + GPU), "gpu-1")).toMatchObject({ driver: "vast", id: 7 });
	});

	it("that is not there names the nearest one, and all", async () => {
		const config = await load(CPU + GPU);
		const unknown = { code: "unknown_instance", exit: "usage", message: "no instance is called cpu-l" };
		const hint = "did you mean cpu-1? cres.yaml has: cpu-1, gpu-1";
		expect(() => instanceConfig(config, "cpu-l")).toThrow(expect.objectContaining({ ...unknown, hint }) as Error);
	});

	it("where there is none yet says how to adopt one", async () => {
		const config = await load();
		const hint = "cres instance adopt cpu-1 --host HOST --user USER --key FILE";
		expect(() => instanceConfig(config, "cpu-1")).toThrow(expect.objectContaining({ hint }) as Error);
	});

	it.each(["toString", "constructor", "__proto__"])("is never %s", async (name) => {
		const config = await load(CPU);
		expect(() => instanceConfig(config, name)).toThrow(expect.objectContaining({ code: "unknown_instance" }) as Error);
		expect(knownInstance(config, name, "docker")).toBeUndefined();
	});

	it.each(["bad name", "", "UPPER", "a".repeat(42)])("cannot be called '%s'", (name) => {
		expect(() => assertInstanceName(name)).toThrow(
			expect.objectContaining({
				...{ code: "usage", message: `${shellWord(name)} cannot be the name of an instance` },
				hint: "take at most 41 lower-case letters, digits and -, starting with a letter or digit",
			}) as Error,
		);
		expect(() => assertInstanceName("gpu-1")).not.toThrow();
	});

	it("is known to its own driver only", async () => {
		const config = await load(CPU + GPU);
		expect(knownInstance(config, "cpu-1", "docker")).toMatchObject({ host: "10.0.0.5" });
		expect(knownInstance(config, "cpu-2", "docker")).toBeUndefined();
		expect(() => knownInstance(config, "gpu-1", "docker")).toThrow(
			expect.objectContaining({
				...{ code: "wrong_driver", message: "gpu-1 does not use driver docker: cres.yaml gives it driver vast" },
				hint: "choose another name, or remove instances.gpu-1 from cres.yaml first",
			}) as Error,
		);
	});
});

describe("recording an instance", () => {
	const settings = { driver: "docker", host: "10.0.0.9", key: "id", roles: ["cpu"] };

	it("adds it, and leaves the rest of the file as it is", async () => {
		const config = await load(CPU);
		expect(await recordInstance(config, "cpu-2", settings)).toBe(true);
		expect(await text()).toContain("# ours\nproject: shop\n");
		expect(await text()).toContain("# the old one");
		const { instances } = await loadConfig({ directory: root, environment: {} });
		expect(instances["cpu-2"]).toMatchObject(settings);
	});

	it("keeps settings that are not given, but for those that say nothing", async () => {
		const config = await load(CPU);
		expect(await recordInstance(config, "cpu-1", { host: "10.0.0.9" })).toBe(true);
		const { instances } = await loadConfig({ directory: root, environment: {} });
		expect(instances["cpu-1"]).toMatchObject({ host: "10.0.0.9", memory_mb: 512, roles: ["cpu"] });
		expect(await text()).not.toContain("env:");
	});

	it("keeps what other processes have written since it was loaded", async () => {
		const config = await load(CPU + GPU);
		const file = join(root, "cres.yaml");
		const { written } = await slowChange(file, (now) =>
			now.replace("id: 7", "id: 8").replace("memory_mb: 512", "port: 2022"),
		);
		const recorded = [
			recordInstance(config, "cpu-1", { host: "10.0.0.9" }),
			recordInstance(config, "cpu-2", settings),
			recordInstance(config, "gpu-1", { key: "other" }),
		];
		await Promise.all([written, ...recorded]);
		const { instances } = await loadConfig({ directory: root, environment: {} });
		expect(instances["cpu-1"]).toMatchObject({ host: "10.0.0.9", port: 2022 });
		expect(instances["cpu-1"]).not.toHaveProperty("memory_mb");
		expect(instances["cpu-2"]).toMatchObject(settings);
		expect(instances["gpu-1"]).toMatchObject({ id: 8, key: "other", env: { A: "b" } });
	});

	it("that was removed meanwhile is written as it was, with what is given", async () => {
		const config = await load(CPU);
		await load(GPU);
		expect(await recordInstance(config, "cpu-1", { host: "10.0.0.9" })).toBe(true);
		const { instances } = await loadConfig({ directory: root, environment: {} });
		expect(instances["cpu-1"]).toMatchObject({ host: "10.0.0.9", memory_mb: 512 });
		expect(await recordInstance(config, "toString", settings)).toBe(true);
	});

	it("that is there so already does not touch the file", async () => {
		const config = await load(CPU);
		const before = await stat(join(root, "cres.yaml"), { bigint: true });
		expect(await recordInstance(config, "cpu-1", { host: "10.0.0.5", roles: ["cpu"] })).toBe(false);
		expect((await stat(join(root, "cres.yaml"), { bigint: true })).ino).toBe(before.ino);
	});
});

it("a plan is void when what it was made from has changed", () => {
	assertSame("cpu-1", "a,b", "a,b");
	const changed = { code: "changed_meanwhile", exit: "busy", hint: "run the command again" };
	const message = "cpu-1 was changed by somebody else just now";
	expect(() => assertSame("cpu-1", "a,b", "a")).toThrow(expect.objectContaining({ ...changed, message }) as Error);
	expect(changedMeanwhile("cpu-1", "it moved")).toMatchObject({ ...changed, message: "it moved" });
});

it("an image needs three times its size, unless its unchanging layers are there", () => {
	expect(neededBytes({ compressedBytes: 100e6 }, false)).toBe(556e6);
	expect(neededBytes({ compressedBytes: 100e6 }, true)).toBe(256e6);
});
