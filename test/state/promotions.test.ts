import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { appendPromotion, readPromotions } from "../../src/state/promotions.ts";
import { temporaryDirectory } from "./temporary.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const begin = (id: string, from: string | null, to: string) =>
	({ event: "begin", id, channel: "canary", repository: "o/w", from, to, buildId: id, at: "t", by: "ann@pc" }) as const;

it("keeps each promotion with its outcome; one without an end was interrupted", async () => {
	const state = await temporaryDirectory();
	expect(await readPromotions(state)).toEqual([]);
	await appendPromotion(state, begin("p1", null, digest("a")));
	await appendPromotion(state, begin("p2", digest("a"), digest("b")));
	await appendPromotion(state, { event: "end", id: "p1", at: "t", outcome: "promoted" });
	await appendFile(
		join(state, "promotions.jsonl"),
		'{"v":1,"sum":"00000000","record":{"event":"end","id":"p2"}}\n{"cut',
	);
	await appendPromotion(state, begin("p3", digest("a"), digest("c")));
	await appendPromotion(state, { event: "end", id: "p3", at: "t", outcome: "lost" });
	const { event: _event, ...first } = begin("p1", null, digest("a"));
	expect((await readPromotions(state))[0]).toEqual({ ...first, outcome: "promoted" });
	expect((await readPromotions(state)).map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
		...["p1 promoted", "p2 interrupted", "p3 lost"],
	]);
});
