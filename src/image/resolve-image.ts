import type { FileConfig } from "../config/schema.ts";
import type { Flavour } from "../contracts/build-info.ts";
import { UserError } from "../errors/errors.ts";
import { assertChannel } from "../promotion/channel.ts";
import { imageReference, assertLastBuild } from "./last-build.ts";
import type { BuildPorts } from "./ports.ts";

export interface ImageChoice {
	/** Digest, build id or tag; given by hand. */
	image: string | undefined;
	/** The channel whose image it shall be. */
	channel: string | undefined;
	/** Build and push what is in the tree first. */
	build: boolean;
	allowDirty: boolean;
	/** The instances that it is for: they say which flavour. */
	instances: readonly string[];
}

/**
 * The image that a deploy shall bring: the one named, the one of a channel, the one built and pushed now, or the one pushed last from here.
 * @throws UserError no_build, image_reference, mixed_flavours, unknown_channel (usage), channel_empty, and those of the build
 */
export async function resolveImage(ports: BuildPorts, choice: ImageChoice): Promise<string> {
	if (choice.channel !== undefined) return channelDigest(ports, choice.channel);
	if (choice.image !== undefined) return imageReference(choice.image, ports.config);
	const flavour = flavourOf(ports.config, choice.instances);
	if (choice.build) {
		const { build } = await import("./build.ts");
		const options = { target: "all", push: true, dryRun: false, noCache: false, caBundle: undefined } as const;
		await build(ports, { ...options, flavour, allowDirty: choice.allowDirty });
	}
	return (await assertLastBuild(ports.config.state, flavour, "name one with --image")).digest;
}

/** Resolved once, so that a fleet gets one image whoever promotes meanwhile. */
async function channelDigest(ports: BuildPorts, channel: string): Promise<string> {
	const { config } = ports;
	assertChannel(config, channel);
	const found = await (await ports.registry()).resolve(config.image.repository, channel);
	if (found) return found.digest;
	throw new UserError("channel_empty", `the channel ${channel} resolves to nothing yet`, {
		hint: `cres promote DIGEST ${channel}`,
	});
}

/** One deploy brings one image. @throws UserError mixed_flavours (usage) */
export function flavourOf({ instances }: Pick<FileConfig, "instances">, names: readonly string[]): Flavour {
	const known = names.filter((name) => Object.hasOwn(instances, name)); // an unknown name is refused by what looks at the instance
	const groups = Map.groupBy(known, (name) => instances[name]!.flavour ?? "cpu");
	const [first, ...others] = [...groups];
	if (others.length === 0) return first?.[0] ?? "cpu";
	const listed = [...groups].map(([flavour, of]) => `${of.join(", ")} ${of.length > 1 ? "want" : "wants"} ${flavour}`);
	throw new UserError("mixed_flavours", `one deploy brings one image, but ${listed.join(" and ")}`, {
		hint: [...groups.values()].map((of) => `cres deploy ${of.join(" ")}`).join(", then "),
	});
}
