import type { ReleaseImage } from "../registry/release-image.ts";

/** An image layer unpacks to about three times its compressed size. */
const UNPACK_FACTOR = 3;
/** Needed in any case, for the container's own files. */
const SPARE_BYTES = 256e6;

/** Bytes that an image needs on a disk that does (`hasRelease`) or does not hold its unchanging layers. */
export const neededBytes = ({ compressedBytes }: Pick<ReleaseImage, "compressedBytes">, hasRelease: boolean): number =>
	SPARE_BYTES + (hasRelease ? 0 : UNPACK_FACTOR * compressedBytes);
