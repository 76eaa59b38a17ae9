import { expect, it } from "vitest";
import { configSchema } from "../../src/config/schema.ts";
import { keyTag } from "../../src/image/inputs.ts";
import { buildTag } from "../../src/registry/image-reference.ts";

const { channels } = configSchema.shape;

it("channels are canary and stable unless others are named", () => {
	expect(channels.parse(undefined)).toEqual(["canary", "stable"]);
	expect(channels.parse(["edge", "stable-cuda", "abcdef012345-eu"])).toHaveLength(3);
});

it.each([
	["a tag of a build", buildTag("0123456789ab")],
	["a tag of inputs", keyTag("0".repeat(64))],
	["a fallback tag of attestations", `sha256-${"0".repeat(64)}`],
	["a build id", "abcdef012345"],
	["a build id with changes", "abcdef012345-dirty"],
	["upper case", "Stable"],
	["a version", "1.2"],
])("no channel is called like %s, which only promote would move", (_what, name) => {
	expect(channels.safeParse([name]).success).toBe(false);
});

it("a channel stands in the list once", () => {
	expect(channels.safeParse(["canary", "canary"]).success).toBe(false);
});
