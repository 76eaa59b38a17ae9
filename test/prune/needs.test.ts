import { describe, expect, it } from "vitest";
import { Needs, namedDigests, recordedNeeds, type Records } from "../../src/prune/needs.ts";
import type { RecordedPromotion } from "../../src/state/promotions.ts";
import type { Release } from "../../src/state/releases.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const release = (
	letter: string,
	image = `host.test:5000/o/w@${digest(letter)}`,
	outcome: Release["outcome"] = "live",
) =>
	({
		...{ id: letter, instance: "cpu-1", at: "t", image, digest: digest(letter), buildId: letter, generation: 1 },
		...{ spec: { env: {}, secrets: {}, roles: ["cpu"], gpu: false }, specHash: "s", outcome, durationMs: 1 },
	}) satisfies Release;
const promotion = (to: string, from: string | null, outcome: RecordedPromotion["outcome"] = "promoted") =>
	({
		...{ id: to, channel: "canary", repository: "o/w", from: from && digest(from), to: digest(to) },
		...{ buildId: to, at: "t", by: "ann@pc", outcome },
	}) satisfies RecordedPromotion;
const records = (change: Partial<Records>): Records => ({ releases: new Map(), promotions: [], builds: [], ...change });
const needed = (of: Records, keep: number): string[] => {
	const needs = new Needs();
	recordedNeeds(needs, of, { keep, repository: "o/w" });
	return ["a", "b", "c", "d"].filter((letter) => needs.of(digest(letter)).length > 0);
};

describe("what the records name", () => {
	it.each([
		["by digest", `host.test:5000/o/w@${digest("a")}`, true],
		["by a tag, as at Vast", "ghcr.io/o/w:b-0123456789ab", true],
		["without a port, with both", `host/o/w:t@${digest("a")}`, true],
		["of another repository", `host.test:5000/o/w-base@${digest("a")}`, false],
		["of a longer one", `host.test:5000/x/o/w@${digest("a")}`, false],
	])("%s", (_how, image, named) => {
		expect(
			namedDigests(records({ releases: new Map([["cpu-1", [release("a", image)]]]) }), "o/w").has(digest("a") as never),
		).toBe(named);
	});

	it("by promotions of this repository, and by builds", () => {
		const of = records({
			promotions: [promotion("a", "b"), { ...promotion("c", null), repository: "other" }],
			builds: [{ digest: digest("d"), buildId: "d" }],
		});
		expect([...namedDigests(of, "o/w")]).toEqual([
			[digest("a"), "a"],
			[digest("d"), "d"],
		]);
	});
});

describe("what the records need", () => {
	it("are the last different live releases of each instance", () => {
		const history = [release("a"), release("b"), release("c", undefined, "rolled-back"), release("b"), release("d")];
		expect(needed(records({ releases: new Map([["cpu-1", history]]) }), 2)).toEqual(["b", "d"]);
		const two = new Map([
			["cpu-1", [release("a")]],
			["cpu-2", [release("a"), release("b")]],
		]);
		expect(needed(records({ releases: two }), 1)).toEqual(["a", "b"]);
	});

	it("are the last digests of a channel, with what the last promotion is undone to", () => {
		const promotions = [promotion("a", null), promotion("b", "a"), promotion("d", "c"), promotion("a", "d", "failed")];
		expect(needed(records({ promotions }), 2)).toEqual(["c", "d"]);
		expect(needed(records({ promotions }), 1)).toEqual(["d"]);
		const elsewhere = { ...promotion("b", "b"), repository: "other" };
		expect(needed(records({ promotions: [...promotions, elsewhere] }), 2)).toEqual(["c", "d"]);
	});

	it("are the last builds, however many are kept", () => {
		expect(needed(records({ builds: [{ digest: digest("c"), buildId: "c" }] }), 1)).toEqual(["c"]);
	});
});
