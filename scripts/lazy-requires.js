// A plugin of esbuild: what @oclif/core requires at its top is required where it is used, since most commands never use it.
import { readFile } from "node:fs/promises";

const OCLIF = /[\\/]@oclif[\\/]core[\\/]lib[\\/].*\.js$/;
/** As TypeScript writes an import of a package or of a part of Node. */
const REQUIRE = /^const (\w+_\d+) = ((?:__importDefault\(|__importStar\()?require\("[^."][^"]*"\)\)?);$/gm;

export const lazyRequires = {
	name: "lazy-requires",
	setup: ({ onLoad }) =>
		onLoad({ filter: OCLIF }, async ({ path }) => ({ contents: lazily(await readFile(path, "utf8")), loader: "js" })),
};

/** Code of the CommonJS kind without top-level requires of packages: each stands in the places where its name stood. */
export const lazily = (code) =>
	[...code.matchAll(REQUIRE)].reduce(
		(text, [line, name, required]) =>
			text.replace(line, "").replaceAll(new RegExp(`(?<![\\w.])${name}\\b`, "g"), () => required),
		code,
	);
