import type { Config } from "../config/config.ts";
import { UserError } from "../errors/errors.ts";
import {
	buildTag,
	digestAt,
	digestOf,
	imageElsewhere,
	isDigest,
	type Digest,
	type ImagePlace,
} from "../registry/image-reference.ts";

type Channels = Pick<Config, "channels">;

/** @throws UserError unknown_channel (usage) */
export function assertChannel({ channels }: Channels, name: string): void {
	if (channels.includes(name)) return;
	throw new UserError("unknown_channel", `no channel is called ${name}`, {
		hint:
			channels.length > 0
				? `cres.yaml has the channels ${channels.join(", ")}`
				: "name channels in cres.yaml, such as channels: [canary, stable]",
	});
}

/** What is promoted, as the registry is asked for it: a digest, the tag of a build id, or a channel. @throws UserError image_reference (usage) */
export function sourceReference(config: Channels & ImagePlace, text: string): string {
	if (isDigest(text) || config.channels.includes(text)) return text;
	if (/^[0-9a-f]{12}(-dirty)?$/.test(text)) return buildTag(text);
	const digest = digestAt(text, config);
	if (digest === "elsewhere") throw imageElsewhere(text, config);
	if (digest !== undefined) return digest;
	throw new UserError("image_reference", `"${text}" is neither a digest, a build id nor a channel`, {
		hint: "cres channels shows channels and digests, cres releases the digests and build ids that ran",
	});
}

/** What an operator expects a channel to resolve to; null: to nothing. @throws UserError invalid_digest (usage) */
export const expectedDigest = (text: string): Digest | null => (text === "none" ? null : digestOf(text));

/** @param digest null: it resolves to nothing */
export const standsText = (channel: string, digest: string | null): string =>
	digest === null ? `${channel} resolves to nothing` : `${channel} resolves to ${digest}`;

/** Somebody else moved a channel. @param seen what it resolves to now, null: to nothing */
export const channelMoved = (channel: string, seen: string | null, meaning: string): UserError =>
	new UserError("channel_moved", `${standsText(channel, seen)} now: ${meaning}`, {
		hint: "look: cres channels; to move it on from there, run the command again",
	});
