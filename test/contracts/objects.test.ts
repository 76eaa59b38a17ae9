import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batchId, keyId, queryKeys, queryRoot, slug, transcriptKeyOf, videoKeys } from "../../src/contracts/objects.ts";
import { jobOf } from "../../src/temporal/jobs.ts";

const PAIRS = [
	["東京", "大阪"],
	["кошка", "мышка"],
	["한국", "중국"],
	["🐈", "🐕"],
	["מים", "אור"],
	["東京 news", "大阪 news"],
	["café", "cafe"],
	["naïve", "naive"],
	["①", "1"],
	["！！", "？？"],
	["C++", "C##"],
	["what?", "what!"],
	["node.js", "node_js"],
	["AC/DC", "AC.DC"],
	["100%", "100$"],
	["a\u0000", "a\u0001"],
	["?", "_"],
] as const;

const everyKey = (query: string) => {
	const { manifest, statuses, status, combined } = queryKeys(query);
	const { thumbnail, ...video } = videoKeys(query, "title", "id", "mp4");
	return [manifest, statuses, status("id"), ...Object.values(combined), thumbnail("jpg"), ...Object.values(video)];
};

describe("T05: two queries", () => {
	it.each(PAIRS)("%s and %s share no folder, manifest, workflow id or combined file", (one, other) => {
		const shared = everyKey(one).filter((key) => everyKey(other).includes(key));
		expect([shared, batchId(one, "r") === batchId(other, "r"), queryRoot(one) === queryRoot(other)]).toEqual([
			[],
			false,
			false,
		]);
		const job = (query: string) => jobOf("batch", JSON.stringify({ query }), undefined).workflowId.replace(/-\w+$/, "");
		expect(job(one)).not.toBe(job(other));
	});

	it("are the same whatever their form, case and blanks", () => {
		for (const same of ["Кошка", " кошка ", "КОШКА"]) expect(slug(same)).toBe(slug("кошка"));
		expect(slug("e\u0301t\u00e9")).toBe(slug("\u00e9te\u0301"));
		expect(slug("東京  a")).toBe(slug("東京 a"));
	});

	it("of letters, digits and blanks have the keys that they had", () => {
		const kept = { "Two words": "two-words", a_b: "a_b", "x-1": "x-1", direct: "direct" };
		for (const [query, key] of Object.entries(kept)) expect(slug(query)).toBe(key);
	});

	it("of any two texts have slugs that differ where more than case, blanks and - differ", () => {
		const text = fc.string({ unit: fc.constantFrom(...Array.from("aB1_.?/+#é字")), maxLength: 6 });
		const same = (one: string) => one.normalize("NFC").toLowerCase();
		fc.assert(
			fc.property(text, text, (one, other) => {
				fc.pre(same(one) !== same(other) && one !== "" && other !== "");
				expect(slug(one)).not.toBe(slug(other));
			}),
		);
	});

	it("have slugs of letters that are their own slug, and short enough for a part of a key", () => {
		fc.assert(
			fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (query) => {
				const made = slug(query);
				expect(made).toMatch(/^[a-z0-9_-]{1,240}$/);
				expect(slug(made)).toBe(made);
			}),
		);
		expect(slug("ﷺ".repeat(200)).length).toBeLessThanOrEqual(240);
	});
});

describe("T06: the parts of a key", () => {
	const parts = (keys: ReturnType<typeof videoKeys>) =>
		[keys.video, keys.info, keys.audio, keys.transcript, keys.thumbnail("webp")].flatMap((key) => key.split("/"));

	it.each(["字", "ж", "🐈", "👨‍👩‍👧", "a", "é"])("are below 255 bytes for a title of 120 × %s, and keep the id", (one) => {
		const keys = videoKeys("q", one.repeat(120), "abcdefghijk", "mp4");
		for (const part of parts(keys)) expect(Buffer.byteLength(part)).toBeLessThan(255);
		expect(keys.video).toMatch(/_abcdefghijk\.mp4$/);
		expect(keys.video).not.toContain("\ufffd");
		expect(Buffer.from(keys.video).toString()).toBe(keys.video);
	});

	it("are so for any title, id and query", () => {
		fc.assert(
			fc.property(
				fc.string({ unit: "binary", maxLength: 300 }),
				fc.string({ unit: "binary", maxLength: 300 }),
				fc.string({ unit: "grapheme", maxLength: 200 }),
				(title, given, query) => {
					const id = keyId(given);
					const keys = videoKeys(query, title, id, "mp4");
					for (const part of [...parts(keys), ...queryKeys(query).status(id).split("/")])
						expect(Buffer.byteLength(part)).toBeLessThan(255);
					expect(keys.video.split("/")).toHaveLength(4);
					expect(transcriptKeyOf(keys.audio)).toBe(keys.transcript);
				},
			),
		);
	});

	it("tell long ids apart", () => {
		expect(keyId(`${"字".repeat(150)}a`)).not.toBe(keyId(`${"字".repeat(150)}b`));
		const { status } = queryKeys("q");
		expect(status(`${"字".repeat(100)}a`)).not.toBe(status(`${"字".repeat(100)}b`));
	});

	it("are what they were for a short title", () => {
		expect(videoKeys("q", "A talk: one/two", "id_1", "webm").video).toBe("queries/q/videos/A talk: one_two_id_1.webm");
		expect(videoKeys("q", "x".repeat(200), "id", "mp4").video).toBe(`queries/q/videos/${"x".repeat(120)}_id.mp4`);
	});
});
