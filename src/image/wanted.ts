import { imageReference, lastBuild } from "./last-build.ts";
import type { BuildPorts } from "./ports.ts";

/**
 * The image that a deploy shall bring: the one named, the one built and pushed now, or the one pushed last from here.
 * @throws UserError no_build, image_reference (usage), and those of the build
 */
export async function wantedImage(
	ports: BuildPorts,
	choice: { image: string | undefined; build: boolean; allowDirty: boolean },
): Promise<string> {
	if (choice.image !== undefined) return imageReference(choice.image);
	if (choice.build) {
		const { build } = await import("./build.ts");
		const options = { target: "all", push: true, dryRun: false, noCache: false, caBundle: undefined } as const;
		await build(ports, { ...options, allowDirty: choice.allowDirty });
	}
	return (await lastBuild(ports.config.root)).digest;
}
