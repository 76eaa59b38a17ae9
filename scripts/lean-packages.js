// A plugin of esbuild: what @oclif/core requires at its top is required where it is used, since most commands never use it.
// The same for the sessions of BuildKit in dockerode, which bring gRPC and protobufjs with them. And what oclif does at each
// start that cres has no use for is left out.
import { readFile } from "node:fs/promises";

const OCLIF = /[\\/]@oclif[\\/]core[\\/]lib[\\/].*\.js$/;
/** As TypeScript writes an import of a package or of a part of Node. */
const REQUIRE = /^const (\w+_\d+) = ((?:__importDefault\(|__importStar\()?require\("[^."][^"]*"\)\)?);$/gm;

const DOCKERODE = /[\\/]dockerode[\\/]lib[\\/]docker\.js$/;
/** One of a list of requires. */
const SESSION = /\s*withSession = (require\('\.\/session'\)),/;

export const leanPackages = {
	name: "lean-packages",
	setup({ onLoad }) {
		const load = (filter, change) =>
			onLoad({ filter }, async ({ path }) => ({ contents: change(await readFile(path, "utf8")), loader: "js" }));
		load(OCLIF, (code) => withoutVersionCheck(withoutCollator(lazily(code))));
		load(DOCKERODE, withoutSessions);
	},
};

/** What oclif sorts at each start is in ASCII: the first look into the rules of a language takes longer than all else there. */
export const withoutCollator = (code) =>
	code.replaceAll(/([\w.]+)\.localeCompare\(([\w.]+)\)/g, "($1 < $2 ? -1 : $1 > $2 ? 1 : 0)");

/** bin/run.js has looked at Node's version; oclif loads semver for it. */
export const withoutVersionCheck = (code) =>
	code.replaceAll(/^(?:function checkNodeVersion\(\) \{.*?^\}|checkNodeVersion\(\);)$/gms, "");

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
