import { describe, expect, it } from "vitest";
import type { ChannelList } from "../../src/promotion/channels.ts";
import type { Promotion } from "../../src/promotion/promotion.ts";
import { renderChannels } from "../../src/promotion/render-channels.ts";
import { renderPromotion } from "../../src/promotion/render.ts";
import type { InstancePrune } from "../../src/prune/instance.ts";
import type { RegistryPrune } from "../../src/prune/registry.ts";
import { renderInstancePrune, renderRegistryPrune } from "../../src/prune/render.ts";
import { digestOf } from "../../src/registry/image-reference.ts";
import { documentedFields } from "../support/documented-json.ts";

const NOW = Date.parse("2026-11-23T10:15:00.000Z");
const [OLD, NEXT] = ["a", "b"].map((letter) => digestOf(`sha256:${letter.repeat(64)}`)) as [
	ReturnType<typeof digestOf>,
	ReturnType<typeof digestOf>,
];
const attestation = { keyId: "a1b2c3d4", signedAt: "2026-11-23T10:00:00.000Z", predicateType: "https://e.test/v1" };

const promoted: Promotion = {
	...{ channel: "canary", outcome: "promoted", digest: NEXT, buildId: "0a1b2c3d4e5f", previous: OLD, attestation },
	...{ by: "ops@control", sure: true, undo: `cres promote ${OLD} canary --expect ${NEXT}`, durationMs: 320 },
};
const unsure: Promotion = { ...promoted, previous: null, undo: null, sure: false };
const planned: Promotion = { ...promoted, outcome: "planned", by: null, undo: null };

const channels: ChannelList = {
	channels: [
		{
			...{ channel: "canary", digest: NEXT, buildId: "0a1b2c3d4e5f", attested: true, attestation, problem: null },
			promoted: { at: "2026-11-23T10:12:00.000Z", by: "ops@control", previous: OLD },
			instances: ["cpu-1"],
		},
		{
			...{
				channel: "stable",
				digest: OLD,
				buildId: "f46a1b2c3d4e",
				attested: false,
				attestation: null,
				promoted: null,
				instances: [],
			},
			problem: { code: "attestation_missing", message: `${OLD} has no attestation`, hint: "cres channels" },
		},
	],
	unasked: [],
};
const kept = { digest: NEXT, buildId: "0a1b2c3d4e5f", reasons: ["channel canary", "release of cpu-1"] };
const registry: RegistryPrune = {
	...{ repository: "registry.test/cres/worker", outcome: "pruned", bytes: 12_300_000, kept: [kept] },
	going: [{ digest: OLD, buildId: "f46a1b2c3d4e", tags: ["b-f46a1b2c3d4e", "inputs-01"], bytes: 12_300_000 }],
};
const reference = `registry.test/cres/worker@${OLD}`;
const instance: InstancePrune = {
	...{ instance: "cpu-1", outcome: "planned", bytes: 45_600_000 },
	going: [{ reference, digest: OLD, buildId: "f46a1b2c3d4e", bytes: 45_600_000 }],
	kept: [{ ...kept, reference: `registry.test/cres/worker@${NEXT}`, bytes: 45_700_000, reasons: ["runs"] }],
};

describe.each<[screen: string, command: string, json: object, text: string]>([
	["promote", "promote", promoted, renderPromotion(promoted)],
	["promote, the first time and slow", "promote", unsure, renderPromotion(unsure)],
	["promote --dry-run", "promote", planned, renderPromotion(planned)],
	["channels", "channels", channels, renderChannels(channels, NOW)],
	["prune registry", "prune registry", registry, renderRegistryPrune(registry)],
	["prune instance --dry-run", "prune instance", instance, renderInstancePrune(instance)],
])("%s", async (_screen, command, json, text) => {
	const documented = await documentedFields();

	it("is this text, within 80 columns but for commands, digests and what failed", () => {
		expect(text).toMatchSnapshot();
		expect(
			text.split("\n").filter((line) => line.length > 80 && !/^undo: |^stable: |^ {2}the registry/.test(line)),
		).toEqual([]);
	});

	it("has the fields under --json that the guide documents", () => {
		expect(Object.keys(json).toSorted()).toEqual(documented.get(command)?.toSorted());
	});
});
