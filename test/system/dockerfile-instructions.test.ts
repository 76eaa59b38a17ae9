import { expect, it } from "vitest";
import { instructionsOf } from "../../src/system/dockerfile-instructions.ts";

const keywords = (text: string): string[] => instructionsOf(text).map((one) => one.getKeyword());

it.each(["#", "# ", " #\t"])("takes no quadratic time for %j without an end", (piece) => {
	const before = process.threadCpuUsage();
	expect(keywords(piece.repeat(60_000 / piece.length))).toEqual([]);
	const { user, system } = process.threadCpuUsage(before);
	expect((user + system) / 1_000).toBeLessThan(1_000);
});

it.each(["FROM a\nRUN b \\\n c", "FROM a\nRUN b \\\n c\n", "\uFEFF# escape=`\nFROM a\nRUN b `\n c"])(
	"reads %j, whether its last line ends or not",
	(text) => expect(keywords(text)).toEqual(["FROM", "RUN"]),
);
