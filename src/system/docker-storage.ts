/**
 * Storage drivers of a Docker daemon that give reproducible layers at full speed: the classic one, and containerd's, which
 * is what a new Docker 29 uses.
 * @see https://docs.docker.com/engine/storage/containerd/
 */
export const LAYERED_STORAGE: readonly string[] = ["overlay2", "overlayfs"];
