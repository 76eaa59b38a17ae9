import { z } from "zod";

/** Name of the environment variable that holds the keys. */
export const TEMPORAL_CODEC_KEYS = "TEMPORAL_CODEC_KEYS";

/** A key of AES-256, in base64, and the id under which payloads name it. */
export interface CodecKey {
	id: string;
	key: string;
}

/** temporal.api.common.v1.Payload, as far as it is used. */
export interface Payload {
	metadata?: Record<string, Uint8Array> | null;
	data?: Uint8Array | null;
}

/** What Temporal's clients and workers put between themselves and the server. */
export interface PayloadCodec {
	encode: (payloads: Payload[]) => Promise<Payload[]>;
	/** What is not encrypted is passed on. @throws PayloadError */
	decode: (payloads: Payload[]) => Promise<Payload[]>;
}

/** A payload that cannot be decrypted, and the id of the key that it names. */
export class PayloadError extends Error {
	override readonly name = "PayloadError";
	readonly keyId: string;
	/** Its key is there, and it is not what it was encrypted with. */
	readonly known: boolean;
	constructor(keyId: string, known: boolean) {
		const fault = known
			? `the key ${keyId} of ${TEMPORAL_CODEC_KEYS} does not decrypt it`
			: `it needs the key ${keyId}`;
		super(`a payload in Temporal is encrypted, and ${fault}${known ? "" : `, which is not in ${TEMPORAL_CODEC_KEYS}`}`);
		this.keyId = keyId;
		this.known = known;
	}
}

const KEY_BYTES = 32;
const FORM =
	"id:key, by commas; a key is 32 bytes in base64, as openssl rand -base64 32 makes it, the first one encrypts";

/** Reads TEMPORAL_CODEC_KEYS; empty: no keys. The value is in no message. */
export const codecKeysSchema = z.string().transform((text, context): CodecKey[] => {
	const parts = text.split(",").filter((part) => part.trim() !== "");
	const keys = parts.flatMap((part) => {
		const [, id, key] = /^\s*([A-Za-z0-9][\w.-]{0,40}):([A-Za-z0-9+/]{43}=)\s*$/.exec(part) ?? [];
		return id && key && Buffer.from(key, "base64").length === KEY_BYTES ? [{ id, key }] : [];
	});
	if (keys.length === parts.length && new Set(keys.map(({ id }) => id)).size === keys.length) return keys;
	context.addIssue({ code: "custom", message: FORM });
	return z.NEVER;
});

type Imported = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** As Temporal's samples of encryption name them, so that their codec servers read it too. */
const ENCODING = "binary/encrypted";
const KEY_ID = "encryption-key-id";
const ALGORITHM = "AES-GCM";
/** NIST SP 800-38D, 8.2.2: random, and of 96 bits. */
const IV_BYTES = 12;

/**
 * Encrypts with the first key, decrypts with whichever a payload names. Without keys nothing is encrypted.
 * @see https://github.com/temporalio/samples-typescript/tree/main/encryption the form of an encrypted payload
 */
export function createPayloadCodec(keys: readonly CodecKey[]): PayloadCodec {
	const imported = new Map<string, Promise<Imported>>();
	const keyOf = ({ id, key }: CodecKey): Promise<Imported> => {
		const found = imported.get(id) ?? importKey(key);
		imported.set(id, found);
		return found;
	};
	const [first] = keys;
	return {
		encode: async (payloads) => {
			if (!first) return payloads;
			const key = await keyOf(first);
			return Promise.all(payloads.map((payload) => encrypted(payload, first.id, key)));
		},
		decode: (payloads) =>
			Promise.all(
				payloads.map(async (payload) => {
					const id = keyIdOf(payload);
					if (id === undefined) return payload;
					const found = keys.find((one) => one.id === id);
					if (!found) throw new PayloadError(id, false);
					return decrypted(payload, id, await keyOf(found));
				}),
			),
	};
}

const importKey = (key: string): Promise<Imported> =>
	crypto.subtle.importKey("raw", Buffer.from(key, "base64"), ALGORITHM, false, ["encrypt", "decrypt"]);

/** The id of the key that a payload was encrypted with; undefined: it is in clear. */
export const keyIdOf = ({ metadata }: Payload): string | undefined =>
	textOf(metadata?.["encoding"]) === ENCODING ? textOf(metadata?.[KEY_ID]).slice(0, 64) : undefined;

const textOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();

async function encrypted(payload: Payload, id: string, key: Imported): Promise<Payload> {
	const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
	const sealed = await crypto.subtle.encrypt({ name: ALGORITHM, iv }, key, toWire(payload));
	return {
		metadata: { encoding: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(id) },
		data: Buffer.concat([iv, new Uint8Array(sealed)]),
	};
}

async function decrypted({ data }: Payload, id: string, key: Imported): Promise<Payload> {
	const bytes = Uint8Array.from(data ?? []);
	const iv = bytes.subarray(0, IV_BYTES);
	try {
		return fromWire(
			new Uint8Array(await crypto.subtle.decrypt({ name: ALGORITHM, iv }, key, bytes.subarray(IV_BYTES))),
		);
	} catch {
		throw new PayloadError(id, true);
	}
}

/** Field numbers of temporal.api.common.v1.Payload and of an entry of its map. */
const METADATA = 1;
const DATA = 2;
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;

/** Protocol Buffers: all fields are of wire type 2, a length and so many bytes. */
function toWire({ metadata, data }: Payload): Uint8Array<ArrayBuffer> {
	const entries = Object.entries(metadata ?? {}).map(([name, value]) =>
		field(METADATA, Buffer.concat([field(ENTRY_KEY, Buffer.from(name)), field(ENTRY_VALUE, value)])),
	);
	return Buffer.concat([...entries, ...(data?.length ? [field(DATA, data)] : [])]);
}

function fromWire(bytes: Uint8Array): Payload {
	const fields = fieldsOf(bytes);
	const entries = fields.flatMap(({ number, value }): [string, Uint8Array][] => {
		if (number !== METADATA) return [];
		const entry = fieldsOf(value);
		const part = (wanted: number) => entry.findLast((one) => one.number === wanted)?.value;
		return [[textOf(part(ENTRY_KEY)), part(ENTRY_VALUE) ?? new Uint8Array()]];
	});
	const data = fields.findLast(({ number }) => number === DATA)?.value ?? new Uint8Array();
	return { metadata: Object.fromEntries(entries), data };
}

const field = (number: number, value: Uint8Array): Buffer =>
	Buffer.concat([Buffer.from([(number << 3) | 2]), varint(value.length), value]);

function varint(value: number): Buffer {
	const bytes: number[] = [];
	for (let rest = value; ; rest = Math.floor(rest / 128)) {
		bytes.push(rest < 128 ? rest : (rest % 128) + 128);
		if (rest < 128) return Buffer.from(bytes);
	}
}

/** @throws RangeError where the bytes are no message of such fields */
function fieldsOf(bytes: Uint8Array): { number: number; value: Uint8Array }[] {
	const found: { number: number; value: Uint8Array }[] = [];
	let at = 0;
	const readVarint = (): number => {
		for (let value = 0, scale = 1; scale < 2 ** 35; scale *= 128) {
			const byte = bytes[at++];
			if (byte === undefined) break;
			value += (byte % 128) * scale;
			if (byte < 128) return value;
		}
		throw new RangeError("no varint");
	};
	while (at < bytes.length) {
		const tag = readVarint();
		const length = readVarint();
		if (tag % 8 !== 2 || at + length > bytes.length) throw new RangeError("no field of bytes");
		found.push({ number: tag >> 3, value: bytes.slice(at, at + length) });
		at += length;
	}
	return found;
}
