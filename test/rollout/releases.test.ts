import { describe, expect, it } from "vitest";
import { releaseRows, renderReleases } from "../../src/rollout/releases.ts";
import { rollbackTarget } from "../../src/rollout/rollback-target.ts";
import type { Release } from "../../src/state/releases.ts";

const release = (change: Partial<Release> & { at: string }): Release => ({
	...{ id: `${change.at.replaceAll(/[-:]|Z$/g, "")}-1`, instance: "cpu-1", image: "r/w@sha256:a", generation: 1 },
	...{ digest: `sha256:${"a".repeat(64)}`, buildId: "f46a1b2c3d4e", specHash: "s", outcome: "live", durationMs: 8_500 },
	...{ spec: { env: { LEVEL: "1" }, secrets: {}, roles: ["cpu"], gpu: false }, by: "ops@huihuang" },
	...change,
});
const spec = { env: { LEVEL: "2" }, secrets: {}, roles: ["cpu" as const], gpu: false };
const digest = `sha256:${"b".repeat(64)}`;
const first = release({ at: "2026-11-23T10:15:00.123Z" });
const settings = release({ at: "2026-11-23T11:15:00.000Z", spec, by: "ci@runner" });
const failed = release({
	at: "2026-11-23T12:15:00.000Z",
	digest,
	buildId: "bbbbbbbbbbbb",
	spec,
	outcome: "rolled-back",
});
const back = release({ at: "2026-11-23T13:15:00.000Z", replays: first.id });
const again = release({ at: "2026-11-23T13:15:00.500Z" });

describe("releases", () => {
	it("say what differs from the one that was live before, and which one is current", () => {
		const rows = releaseRows([[first, settings, failed, back]]);
		expect(rows.map(({ id, current, changed }) => [id, current, changed])).toEqual([
			[back.id, true, ["LEVEL"]],
			[failed.id, false, ["image"]],
			[settings.id, false, ["LEVEL"]],
			[first.id, false, null],
		]);
	});

	it("are rows of at most 80 columns, none equal to another", () => {
		const screen = renderReleases(releaseRows([[first, settings, failed, back]]));
		expect(screen).toMatchInlineSnapshot(`
			"   RELEASE          BUILD         OUTCOME      CHANGED              BY
			*  20261123T131500  f46a1b2c3d4e  live         LEVEL (rollback to   ops@huihuang
			                                               20261123T101500)
			   20261123T121500  bbbbbbbbbbbb  rolled-back  image                ops@huihuang
			   20261123T111500  f46a1b2c3d4e  live         LEVEL                ci@runner
			   20261123T101500  f46a1b2c3d4e  live         first release        ops@huihuang
			* current; to go back: cres rollback cpu-1 --to RELEASE"
		`);
		const lines = screen.split("\n");
		expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
		expect(new Set(lines).size).toBe(lines.length);
	});

	it("name their instance where there are several, and more on a wide screen", () => {
		const other = { ...release({ at: "2026-11-23T14:15:00.000Z" }), instance: "vast-2" };
		const screen = renderReleases(releaseRows([[first], [other]]), 140);
		expect(screen.split("\n")[0]).toMatch(/RELEASE +INSTANCE +BUILD +OUTCOME +CHANGED +BY +GEN +TOOK +DIGEST/);
		expect(screen).not.toContain("to go back"); // neither has another one
		expect(renderReleases([])).toBe("nothing was rolled out yet; next: cres deploy INSTANCE");
	});

	it("have ids that a rollback takes, in full where the second does not tell", () => {
		const all = [first, settings, back, again];
		const shown = [...renderReleases(releaseRows([all])).matchAll(/^[* ] {2}(?<id>20\S+)/gm)].map(
			({ groups }) => groups!["id"]!,
		);
		expect(shown).toEqual([again.id, back.id, "20261123T111500", "20261123T101500"]);
		expect(rollbackTarget(all, "cpu-1", "20261123T111500")).toBe(settings);
	});
});
