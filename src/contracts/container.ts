/** How every container of ours is confined, on instances and in a smoke test alike (Docker Engine API, HostConfig). */
export const CONFINED = {
	Init: true,
	// Programs change to users of their own and are ended, and files given to them; nothing gains more than that.
	SecurityOpt: ["no-new-privileges"],
	CapDrop: ["ALL"],
	CapAdd: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID"],
};

/** Sockets and marks, of a few bytes; what lies there goes with each life of the container. */
const MARKS = { "/run": "rw,nosuid,nodev,noexec,mode=755,size=64m" };
/** Settings that name a folder which programs write to. */
const FOLDERS = ["MODELS_DIR", "TMPDIR"];

/** What a container's programs write to: the image says it, and what it is given may say more. */
interface Writing {
	/** Absolute paths of folders; absent: the image does not say, or anywhere. */
	writes?: readonly string[];
	env?: Readonly<Record<string, string>>;
}

/**
 * The part of a container's definition that confines it (Docker Engine API, POST /containers/create). Of an image that
 * names what it writes to, all else is read-only; each such folder is a volume without a name, which goes with the
 * container.
 */
export function confinement({ writes, env = {} }: Writing) {
	if (writes === undefined) return { HostConfig: CONFINED };
	const placed = FOLDERS.map((name) => tidied(env[name] ?? "")).filter(isFolder);
	const folders = [...writes];
	for (const path of placed) if (!folders.some((folder) => `${path}/`.startsWith(`${folder}/`))) folders.push(path);
	return {
		Volumes: Object.fromEntries(folders.map((path) => [path, {}])),
		HostConfig: { ...CONFINED, ReadonlyRootfs: true, Tmpfs: MARKS },
	};
}

/** Reads the label of an image, folders by commas; undefined without one, and where it names the root. */
export function writesOf(label: string | undefined): string[] | undefined {
	const folders = label?.split(",").map((path) => path.trim().replace(/(?<=.)\/+$/, ""));
	return folders === undefined || folders.includes("/") ? undefined : folders.filter(isFolder);
}

/** Without a slash twice or at the end. */
const tidied = (path: string): string => path.replaceAll(/\/{2,}/g, "/").replace(/(?<=.)\/$/, "");

/** An absolute path below the root, without `.` and `..`. */
const isFolder = (path: string): boolean => /^(?:\/(?!\.{1,2}(?:\/|$))[^/]+)+$/.test(path);
