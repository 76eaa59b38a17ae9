import { describe, expect, it } from "vitest";
import { planSmoke, smoke } from "../../src/smoke/smoke.ts";
import { makeSmokeWorld, OPTIONS } from "./smoke-world.ts";
import { readConfigText } from "../../src/config/faults.ts";
import { assertModels, assertReaches, chooseAgainst, chooseRole } from "../../src/smoke/choose.ts";

const pinned = (name: string) => `registry.test/${name}@sha256:${"a".repeat(64)}`;
const dependencies = {
	...{ temporal: pinned("temporal"), store: pinned("store"), store_port: 9000 },
	...{ temporal_command: [], store_command: [] },
};

describe("dependencies", () => {
	it("are the images of cres.yaml, or the rehearsal's own parts", () => {
		expect(chooseAgainst({ project: "shop", smoke: { dependencies } }, undefined)).toBe("images");
		expect(chooseAgainst({ project: "rehearsal", smoke: { dependencies } }, undefined)).toBe("images");
		expect(chooseAgainst({ project: "rehearsal", smoke: {} }, undefined)).toBe("rehearsal");
		expect(chooseAgainst({ project: "shop", smoke: {} }, "rehearsal")).toBe("rehearsal");
	});

	it.each([["images"], [undefined]] as const)("that nobody has named are asked for: --against %s", (asked) => {
		const choose = () => chooseAgainst({ project: asked === "images" ? "rehearsal" : "shop", smoke: {} }, asked);
		expect(choose).toThrow(
			expect.objectContaining({
				code: "smoke_dependencies_unset",
				hint: expect.stringMatching(/smoke\.dependencies\.temporal.*cres guide ci/),
			}),
		);
	});

	it("are pinned by digest, and have the arguments of usual images", () => {
		const read = (image: string) =>
			readConfigText(
				[
					"project: shop",
					"image: { repository: owner/app }",
					"registry: { push: { address: ghcr.io } }",
					"temporal: { address: 127.0.0.1:7233 }",
					"store: { endpoint: 127.0.0.1:9000 }",
					`smoke: { dependencies: { temporal: "${image}", store: "${pinned("minio")}" } }`,
				].join("\n"),
			);
		expect(read(pinned("temporal"))).toMatchObject({
			settings: {
				smoke: {
					dependencies: {
						temporal_command: ["server", "start-dev", "--headless", "--ip", "0.0.0.0"],
						store_command: ["server", "/data"],
					},
				},
			},
		});
		expect(JSON.stringify(read("temporal:latest"))).toContain("pinned by digest");
	});
});

describe("the role", () => {
	const against = "rehearsal";
	const cpu = { role: "cpu", pretended: false };
	it.each([
		["auto", "cuda", true, {}, { role: "gpu", pretended: false }],
		["auto", undefined, true, {}, { role: "gpu", pretended: false }],
		["auto", "cuda", false, {}, cpu],
		["auto", "cpu", true, {}, cpu],
		["auto", "cuda", true, { GPU_PRETEND: "1" }, cpu],
		["cpu", "cuda", true, {}, cpu],
		["gpu", "cuda", true, {}, { role: "gpu", pretended: false }],
		["gpu", "cuda", false, {}, { role: "gpu", pretended: true }],
		["gpu", "cpu", true, {}, { role: "gpu", pretended: true }],
	] as const)("%s of a %s image, GPU there: %s, %j", (asked, flavour, gpu, env, expected) => {
		expect(chooseRole(asked, { flavour }, { gpu, env, against })).toEqual(expected);
	});
});

describe("models", () => {
	it("are not in the store of images: auto is cpu there, and gpu is refused at once", async () => {
		const seen = { gpu: true, env: {}, against: "images" } as const;
		expect(chooseRole("auto", { flavour: "cuda" }, seen)).toEqual({ role: "cpu", pretended: false });
		const { ports, open } = makeSmokeWorld({ images: true });
		const refused = { code: "smoke_models_missing", hint: expect.stringContaining("--against rehearsal") };
		ports.registry = () => Promise.reject(new Error("the registry was asked"));
		await expect(smoke(ports, { ...OPTIONS, role: "gpu" }, { open })).rejects.toMatchObject(refused);
		expect(() => assertModels("gpu", "rehearsal")).not.toThrow();
	});
});

it("A1: the servers of cres.yaml are not spoken to in clear, unless docs/Perimeter.md allows it", async () => {
	const { ports, open } = makeSmokeWorld();
	const store = { ...ports.config.store, instance_endpoint: "203.0.113.7:9000" };
	ports.config = { ...ports.config, store };
	await expect(planSmoke(ports, OPTIONS, open)).rejects.toMatchObject({
		code: "plain_connection",
		message: "store.instance_endpoint (203.0.113.7:9000) is plain, and docs/Perimeter.md does not allow that",
	});
	ports.config = { ...ports.config, store: { ...store, secure: true } };
	await expect(planSmoke(ports, OPTIONS, open)).resolves.toMatchObject({ against: "rehearsal" });
});

it("a key of the store that is not set is told before anything is waited for", async () => {
	const { ports, open } = makeSmokeWorld();
	const secret = (name: string) => (name === "MINIO_SECRET_KEY" ? undefined : ports.config.secret(name));
	const given = { ...ports, config: { ...ports.config, secret } };
	await expect(smoke(given, OPTIONS, { open })).rejects.toMatchObject({
		code: "secret_missing",
		message: "no value for MINIO_SECRET_KEY, which the store of cres.yaml asks for",
	});
});

it("a daemon that is not on this machine serves only where nothing is published on it", () => {
	const remote = { host: "tcp://10.0.0.5:2376", context: "default" };
	expect(() => assertReaches(remote, "rehearsal")).not.toThrow();
	expect(() => assertReaches({ host: "npipe:////./pipe/docker_engine", context: "desktop" }, "images")).not.toThrow();
	for (const [client, against] of [
		[remote, "images"],
		[{ host: "ssh://build", context: "build" }, "rehearsal"],
	] as const)
		expect(() => assertReaches(client, against)).toThrow(
			expect.objectContaining({ code: "docker_context_unsupported" }),
		);
});
