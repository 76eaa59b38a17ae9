import { bytes, seconds } from "../system/text.ts";
import type { Build, BuildResult } from "./build.ts";

/** One paragraph an image: what it is, why it was built or not, and where it stands. */
export const renderBuild = ({ images }: Build): string => images.map(paragraph).join("\n");

function paragraph(result: BuildResult): string {
	const { image, flavour, buildId, reason, skipped, durationMs, digest, repository, localImage } = result;
	const what = skipped ? (digest ? "already built" : "not built") : "built";
	const sizes = `${result.layers} layers, ${bytes(result.compressedBytes)}, ${bytes(result.pushedBytes)} sent`;
	return [
		`${image}  ${buildId}  ${what} in ${seconds(durationMs)} (${reason})`,
		...(digest
			? [`  ${repository}@${digest}`, `  ${flavour}, ${sizes}`]
			: [
					`  ${flavour}, ${localImage ? `local image ${localImage}; add --push to release it` : `key ${result.keyTag}`}`,
				]),
	].join("\n");
}
