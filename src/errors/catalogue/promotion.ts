import type { Entry } from "./entry.ts";

export const promotionErrors = {
	channel_moved: {
		exit: "busy",
		retry: true,
		meaning: "Somebody else moved a channel, so that it does not resolve to what was asked for or expected.",
		remedy: "Look with cres channels, then decide whether to promote again.",
	},
	image_reference: {
		exit: "usage",
		retry: false,
		meaning: "What names an image is no digest, build id, tag or channel, or names an image of another repository.",
		remedy: "Take one that cres releases or cres channels shows.",
	},
	unknown_channel: {
		exit: "usage",
		retry: false,
		meaning: "cres.yaml has no channel of that name.",
		remedy: "Choose one of channels in cres.yaml, or add it there.",
	},
} as const satisfies Record<string, Entry>;
