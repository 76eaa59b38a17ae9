import type { Config } from "../config/config.ts";
import { TEMPORAL_CODEC_KEYS } from "../contracts/payload-codec.ts";
import type { ClockSkew } from "../system/clock.ts";
import type { Temporal } from "../temporal/temporal.ts";

/**
 * The Temporal of cres.yaml, as the environment lets it be reached; `signal` ends its calls.
 * @throws UserError codec_keys_invalid (usage)
 */
export async function openTemporal(config: Config, skew: ClockSkew, signal?: AbortSignal): Promise<Temporal> {
	const { connectTemporal } = await import("../temporal/temporal.ts");
	const apiKey = config.secret("TEMPORAL_API_KEY");
	const { address, namespace } = config.temporal;
	const ahead = () => skew.ahead();
	const codecKeys = config.secret(TEMPORAL_CODEC_KEYS);
	const tls = config.temporalTls;
	return connectTemporal({ address, namespace, apiKey, tls, codecKeys, ahead, signal });
}
