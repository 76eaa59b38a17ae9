import proto from "@temporalio/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codecKeysSchema, createPayloadCodec, type Payload } from "../../src/contracts/payload-codec.ts";

const KEY = Buffer.alloc(32, 1).toString("base64");
const OTHER = Buffer.alloc(32, 2).toString("base64");
const one = { id: "2026-01", key: KEY };
const two = { id: "2026-02", key: OTHER };
const bytes = (value: Uint8Array | null | undefined): number[] => [...(value ?? [])];
const plainOf = ({ metadata, data }: Payload) => ({
	metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, bytes(value)])),
	data: bytes(data),
});
const json = (text: string): Payload => ({
	metadata: { encoding: Buffer.from("json/plain") },
	data: Buffer.from(JSON.stringify(text)),
});
const payloads = fc.record<Payload>({
	metadata: fc.dictionary(fc.string({ unit: "grapheme" }), fc.uint8Array({ maxLength: 300 })),
	data: fc.uint8Array({ maxLength: 2_000, size: "max" }),
});

describe("a payload", () => {
	it("comes back as it was, whatever it holds, and nothing of it is to be read meanwhile", async () => {
		const { encode, decode } = createPayloadCodec([one]);
		await fc.assert(
			fc.asyncProperty(fc.array(payloads, { maxLength: 4 }), async (given) => {
				const sealed = await encode(given);
				expect((await decode(sealed)).map(plainOf)).toEqual(given.map(plainOf));
				for (const { metadata } of sealed) expect(Object.keys(metadata!)).toEqual(["encoding", "encryption-key-id"]);
			}),
			{ numRuns: 60 },
		);
		const long = json("ü".repeat(100_000));
		const [back] = await decode(await encode([long]));
		expect(Buffer.compare(back!.data!, long.data!)).toBe(0);
		const [sealed] = await encode([json("a talk about secrets")]);
		expect(Buffer.from(sealed!.data!).toString("latin1")).not.toMatch(/secrets|json/);
	});

	it("is never encrypted twice alike", async () => {
		const { encode } = createPayloadCodec([one]);
		const [[first], [second]] = [await encode([json("a")]), await encode([json("a")])];
		expect(bytes(first!.data)).not.toEqual(bytes(second!.data));
	});

	it("holds a message of Temporal's own form inside, as codec servers expect", async () => {
		const [sealed] = await createPayloadCodec([one]).encode([json("text")]);
		const data = Uint8Array.from(sealed!.data!);
		const key = await crypto.subtle.importKey("raw", Buffer.from(KEY, "base64"), "AES-GCM", false, ["decrypt"]);
		const iv = data.subarray(0, 12);
		const clear = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, data.subarray(12));
		const inside = proto.temporal.api.common.v1.Payload.decode(new Uint8Array(clear));
		expect(plainOf(inside)).toEqual(plainOf(json("text")));
		expect(Buffer.from(sealed!.metadata!["encoding"]!).toString()).toBe("binary/encrypted");
	});

	it("in clear is passed on, with keys and without", async () => {
		for (const keys of [[], [one]])
			expect(await createPayloadCodec(keys).decode([json("a"), {}])).toEqual([json("a"), {}]);
		expect(await createPayloadCodec([]).encode([json("a")])).toEqual([json("a")]);
	});
});

describe("keys", () => {
	it("are rotated: all decrypt, the first encrypts", async () => {
		const [before] = await createPayloadCodec([one]).encode([json("a")]);
		const both = createPayloadCodec([two, one]);
		const [after] = await both.encode([json("b")]);
		expect((await both.decode([before!, after!])).map(plainOf)).toEqual([json("a"), json("b")].map(plainOf));
		await expect(createPayloadCodec([one]).decode([after!])).rejects.toMatchObject({ keyId: "2026-02", known: false });
	});

	it("that are unknown or wrong are named by their id", async () => {
		const [sealed] = await createPayloadCodec([one]).encode([json("a")]);
		await expect(createPayloadCodec([]).decode([sealed!])).rejects.toThrow(
			"a payload in Temporal is encrypted, and it needs the key 2026-01, which is not in TEMPORAL_CODEC_KEYS",
		);
		await expect(createPayloadCodec([{ ...one, key: OTHER }]).decode([sealed!])).rejects.toThrow(
			"a payload in Temporal is encrypted, and the key 2026-01 of TEMPORAL_CODEC_KEYS does not decrypt it",
		);
	});

	it("decrypt nothing that was changed", async () => {
		const codec = createPayloadCodec([one]);
		const [sealed] = await codec.encode([json("a talk")]);
		const data = Buffer.from(sealed!.data!);
		await fc.assert(
			fc.asyncProperty(fc.nat(data.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
				const changed = Buffer.from(data);
				changed[at]! ^= change;
				await expect(codec.decode([{ ...sealed!, data: changed }])).rejects.toMatchObject({ known: true });
			}),
		);
		for (const length of [0, 5, 12, 20])
			await expect(codec.decode([{ ...sealed!, data: data.subarray(0, length) }])).rejects.toThrow("does not decrypt");
	});

	it.each([
		["", []],
		[" ", []],
		[`2026-01:${KEY}`, [one]],
		[` 2026-01:${KEY} , 2026-02:${OTHER},`, [one, two]],
	])("are read of %j", (text, keys) => {
		expect(codecKeysSchema.parse(text)).toEqual(keys);
	});

	it.each([KEY, `a:${KEY.slice(4)}`, `a:${KEY}=`, `a b:${KEY}`, `a:${KEY},a:${OTHER}`, `a:${KEY},none`, `:${KEY}`])(
		"are refused as %j, without a word of them",
		(text) => {
			const { error } = codecKeysSchema.safeParse(text);
			expect(error?.issues[0]?.message).toContain("openssl rand -base64 32");
			expect(error?.message).not.toContain(KEY.slice(8, 40));
		},
	);
});
