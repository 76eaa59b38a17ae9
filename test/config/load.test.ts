import { mkdir, mkdtemp, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { missingSecrets } from "../../src/config/config.ts";
import { withInstance } from "../../src/config/edit.ts";
import { resolveEnv } from "../../src/config/env.ts";
import { loadConfig } from "../../src/config/load.ts";

const yaml = `project: video
image: { repository: owner/worker }
registry: { push: { address: ghcr.io } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000" }
`;

let root: string;
beforeEach(async () => {
	root = await realpath(await mkdtemp(join(tmpdir(), "cres-config-")));
	await writeFile(join(root, "cres.yaml"), yaml);
});

describe("loadConfig", () => {
	it("finds cres.yaml above and reads .env beside it, CRLF and BOM included", async () => {
		await writeFile(join(root, ".env"), "\uFEFFREGISTRY_USERNAME=ops\r\nMINIO_ACCESS_KEY=from-file-key\r\n");
		const below = join(root, "a/b");
		await mkdir(below, { recursive: true });
		const config = await loadConfig({ directory: below, environment: {} });
		expect(config.root).toBe(root);
		expect(config.value("REGISTRY_USERNAME")).toBe("ops");
		expect(config.secret("MINIO_ACCESS_KEY")?.reveal()).toBe("from-file-key");
		expect(missingSecrets(config)).toEqual(["MINIO_SECRET_KEY"]);
	});

	it("is frozen to the bottom and shows no secret", async () => {
		const config = await loadConfig({ directory: root, environment: { MINIO_SECRET_KEY: "sentinel-value" } });
		expect(() => Object.assign(config.rollout, { watch: 0 })).toThrow(TypeError);
		expect(JSON.stringify(config)).not.toContain("sentinel-value");
	});

	it("names the command when there is no file", async () => {
		const empty = await mkdtemp(join(tmpdir(), "cres-none-"));
		await expect(loadConfig({ directory: empty, environment: {} })).rejects.toMatchObject({
			code: "config_missing",
			exit: "usage",
		});
		await expect(loadConfig({ directory: empty, path: "x.yaml" })).rejects.toMatchObject({
			message: "x.yaml is not there",
		});
	});

	it.each([
		["UTF-16", Buffer.from(`\uFEFF${yaml}`, "utf16le"), "cres.yaml is not UTF-8 (PowerShell writes UTF-16)"],
		["UTF-16 without a mark", Buffer.from(yaml, "utf16le"), "cres.yaml is not UTF-8 (PowerShell writes UTF-16)"],
		["Latin-1", Buffer.from(`${yaml}queue: f\xfcr\n`, "latin1"), "cres.yaml is not UTF-8 in line 6"],
		["UTF-8 with a zero", Buffer.from(`${yaml}queue: a\0b\n`), "cres.yaml holds a zero byte in line 6"],
	])("T17: says that a cres.yaml in %s is not UTF-8, and nothing else", async (_, bytes, message) => {
		await writeFile(join(root, "cres.yaml"), bytes);
		const load = loadConfig({ directory: root, environment: {} });
		await expect(load).rejects.toMatchObject({ code: "config_invalid", message });
	});

	it("puts every fault into one error", async () => {
		await writeFile(join(root, "cres.yaml"), `${yaml}a: 1\nb: 2\n`);
		await expect(loadConfig({ directory: root, environment: {} })).rejects.toMatchObject({
			code: "config_invalid",
			message: expect.stringMatching(/cres\.yaml:6 a: unknown key.*\ncres\.yaml:7 b: unknown key/),
		});
	});
});

describe("resolveEnv", () => {
	it.each([
		["the process wins", { MINIO_ACCESS_KEY: "p" }, { MINIO_ACCESS_KEY: "f" }, { value: "p", source: "environment" }],
		["the file is next", {}, { MINIO_ACCESS_KEY: "f" }, { value: "f", source: ".env" }],
		["a name beats its alias", { AWS_ACCESS_KEY_ID: "a" }, { MINIO_ACCESS_KEY: "f" }, { value: "f", source: ".env" }],
		["the alias serves", { AWS_ACCESS_KEY_ID: "a" }, {}, { value: "a", source: "environment" }],
		["blanks are nothing", { MINIO_ACCESS_KEY: "  " }, {}, { value: undefined, source: "unset" }],
		["blanks around go", { MINIO_ACCESS_KEY: " x " }, {}, { value: "x", source: "environment" }],
	])("%s", (_case, process, file, expected) => {
		expect(resolveEnv("MINIO_ACCESS_KEY", process, file)).toEqual(expected);
	});
});

it("adds an instance and leaves comments and order alone", () => {
	const text = "# mine\nproject: video # name\ninstances:\n  # the first\n  cpu-1: { host: a }\nqueue: q\n";
	expect(withInstance(text, "cpu-2", { host: "b", roles: ["cpu"] })).toBe(
		"# mine\nproject: video # name\ninstances:\n  # the first\n  cpu-1: { host: a }\n  cpu-2:\n    host: b\n    roles:\n      - cpu\nqueue: q\n",
	);
	expect(withInstance("project: video\n", "cpu-1", { host: "a" })).toBe(
		"project: video\ninstances:\n  cpu-1:\n    host: a\n",
	);
});
