import { afterEach, beforeEach, expect, it } from "vitest";
import type { BuildPorts } from "../../src/image/ports.ts";
import type { PreparedImage } from "../../src/image/prepare.ts";
import { publish } from "../../src/image/publish.ts";
import type { Digest } from "../../src/registry/image-reference.ts";
import { loopbackRegistry } from "../registry/loopback-registry.ts";
import { startDockerEngine, type DockerEngine } from "../support/docker-engine.ts";
import { pushApp } from "../support/real-registry.ts";

const REPOSITORY = "o/w";
const KEY_TAG = "in-0123";
const FACTS = {
	...{ kind: "app", flavour: "cpu", buildId: "0123456789ab", inputs: "i".repeat(64) },
	...{ revision: "c".repeat(40), base: { name: "o/w-base", digest: "sha256:b" } },
};

let engine: DockerEngine;
beforeEach(async () => void (engine = await startDockerEngine()));
afterEach(() => engine[Symbol.asyncDispose]());

/** An image that the daemon has just pushed, and what is called of the signer. */
async function world(kind: "app" | "base", sign: (digest: Digest) => Promise<void>) {
	const { client, host } = await loopbackRegistry();
	const registry = client();
	await pushApp(registry, REPOSITORY, FACTS.buildId);
	engine.streams[`POST /images/${host}/${REPOSITORY}/push`] = (response) => response.end();
	const ports = {
		...{ registry: async () => registry, credential: undefined, signal: new AbortController().signal },
		provenance: { assertReady: async () => {}, sign },
	} as unknown as BuildPorts;
	const image = {
		...{ repository: REPOSITORY, buildTag: `b-${FACTS.buildId}`, keyTag: KEY_TAG },
		...{ facts: { ...FACTS, kind }, definition: { kind } },
	} as unknown as PreparedImage;
	const again = () => publish(ports, image, `unix://${engine.socket}`, undefined, () => {});
	return { registry, again };
}

it("an app image has its provenance before the tag of its inputs: what failed between is built again", async () => {
	const signed: Digest[] = [];
	let isDown = true;
	const { registry, again } = await world("app", async (digest) => {
		expect(await registry.resolve(REPOSITORY, digest)).toBeDefined();
		if (isDown) throw new Error("the registry went away");
		signed.push(digest);
	});
	await expect(again()).rejects.toThrow("the registry went away");
	expect(await registry.resolve(REPOSITORY, KEY_TAG)).toBeUndefined();
	isDown = false;
	const { digest } = await again();
	expect(signed).toEqual([digest]);
	expect(await registry.resolve(REPOSITORY, KEY_TAG)).toMatchObject({ digest });
});

it("of a base image nothing is signed", async () => {
	const { registry, again } = await world("base", () => Promise.reject(new Error("not asked")));
	const { digest } = await again();
	expect(await registry.resolve(REPOSITORY, KEY_TAG)).toMatchObject({ digest });
});
