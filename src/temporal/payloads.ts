import {
	codecKeysSchema,
	createPayloadCodec,
	keyIdOf,
	PayloadError,
	TEMPORAL_CODEC_KEYS,
	type Payload,
	type PayloadCodec,
} from "../contracts/payload-codec.ts";
import { UserError } from "../errors/errors.ts";
import { Secret } from "../secrets/secret.ts";

/** The codec of TEMPORAL_CODEC_KEYS; without keys it encrypts nothing. @throws UserError codec_keys_invalid (usage) */
export function openCodec(keys: Secret | undefined): PayloadCodec {
	const parsed = codecKeysSchema.safeParse(keys?.reveal() ?? "");
	if (!parsed.success)
		throw new UserError("codec_keys_invalid", `${TEMPORAL_CODEC_KEYS} is not a list of keys`, {
			hint: `correct it in .env: ${parsed.error.issues[0]!.message}`,
		});
	for (const { key } of parsed.data) new Secret(key); // each of them is redacted, not only all of them together
	const { encode, decode } = createPayloadCodec(parsed.data);
	return {
		encode,
		decode: (payloads) =>
			decode(payloads).catch((error: unknown) => {
				throw error instanceof PayloadError ? explained(error) : error;
			}),
	};
}

const explained = (error: PayloadError): UserError =>
	error.known
		? new UserError("codec_key_wrong", error.message, {
				hint: `put the key that the workers have as ${error.keyId} into ${TEMPORAL_CODEC_KEYS} in .env`,
				cause: error,
			})
		: new UserError("codec_key_unknown", error.message, {
				hint: `add ${error.keyId}:KEY to ${TEMPORAL_CODEC_KEYS} in .env, with the key that the workers have`,
				cause: error,
			});

/** The same reply, its encrypted payloads replaced by what they hold. @throws UserError codec_key_unknown, codec_key_wrong */
export async function decrypted<T>(reply: T, { decode }: PayloadCodec): Promise<T> {
	const sealed = [...encryptedIn(reply)];
	const clear = await decode(sealed);
	for (const [at, payload] of sealed.entries()) Object.assign(payload, clear[at]);
	return reply;
}

/** Payloads stand in many places of a reply: results, details of heartbeats, and failures within failures. */
function* encryptedIn(value: unknown): Generator<Payload> {
	if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return;
	if (keyIdOf(value) !== undefined) yield value;
	else for (const one of Object.values(value)) yield* encryptedIn(one);
}
