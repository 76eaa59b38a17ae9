import type { Config } from "../../../config/config.ts";
import { parseReference } from "../../../registry/image-reference.ts";

/** Build id in a reference of our app image, `…/<repository>:b-<build id>`. */
export function buildIdOfReference({ image }: Pick<Config, "image">, reference: string): string | undefined {
	const { repository, tag } = parseReference(reference);
	return repository === image.repository ? /^b-(.+)$/.exec(tag ?? "")?.[1] : undefined;
}
