// A plugin of esbuild: what @oclif/core requires at its top is required where it is used, since most commands never use it.
// The same for the sessions of BuildKit in dockerode, which bring gRPC and protobufjs with them.
import { readFile } from "node:fs/promises";

const OCLIF = /[\\/]@oclif[\\/]core[\\/]lib[\\/].*\.js$/;
/** As TypeScript writes an import of a package or of a part of Node. */
const REQUIRE = /^const (\w+_\d+) = ((?:__importDefault\(|__importStar\()?require\("[^."][^"]*"\)\)?);$/gm;

const DOCKERODE = /[\\/]dockerode[\\/]lib[\\/]docker\.js$/;
/** One of a list of requires. */
const SESSION = /\s*withSession = (require\('\.\/session'\)),/;

export const lazyRequires = {
	name: "lazy-requires",
	setup({ onLoad }) {
		const load = (filter, change) =>
			onLoad({ filter }, async ({ path }) => ({ contents: change(await readFile(path, "utf8")), loader: "js" }));
		load(OCLIF, lazily);
		load(DOCKERODE, withoutSessions);
	},
};

/** dockerode's main file, which requires its sessions where it makes one. */
export function withoutSessions(code) {
	const required = SESSION.exec(code)?.[1];
	if (required === undefined) throw new Error("dockerode requires its sessions otherwise than it did");
	return code.replace(SESSION, "").replaceAll("withSession(", `${required}(`);
}

/** Code of the CommonJS kind without top-level requires of packages: each stands in the places where its name stood. */
export const lazily = (code) =>
	[...code.matchAll(REQUIRE)].reduce(
		(text, [line, name, required]) =>
			text.replace(line, "").replaceAll(new RegExp(`(?<![\\w.])${name}\\b`, "g"), () => required),
		code,
	);
