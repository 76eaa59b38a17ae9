import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { progressText, startTransfer } from "../../../images/models/transfer.ts";

it("says how far, how fast and how long", () => {
	expect(progressText(45_200_000, 145_200_000, 12_500_000)).toBe("45.2 of 145.2 MB (31 %), 12.5 MB/s, 8 s left");
	expect(progressText(1_000_000, 2_000_000, 0)).toBe("1.0 of 2.0 MB (50 %), 0.0 MB/s, standing still");
});

it("adds the files up; what an earlier run left counts as done, not as fast; it ends with its block", async () => {
	const lines: Record<string, unknown>[] = [];
	{
		using transfer = startTransfer((_level, _message, fields) => void lines.push(fields!), 3_000, 20);
		transfer.at("a", 1_000);
		transfer.at("b", 500);
		while (lines.length < 1) await delay(5);
		transfer.at("b", 1_500);
		while (lines.length < 2) await delay(5);
	}
	const { length } = lines;
	await delay(60);
	expect(lines).toHaveLength(length);
	expect(lines.slice(0, 2)).toMatchObject([
		{ done: 1_500, total: 3_000, bytesPerSecond: 0 },
		{ done: 2_500, total: 3_000 },
	]);
	expect(lines[1]!["bytesPerSecond"]).toBeGreaterThan(1_000);
});
