// For `node --import`: at the end of the process the names of all packages that it loaded stand in $LOADED_PACKAGES.
import { readFileSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";

const DIST = new URL("../../dist/", import.meta.url);
const nameOf = (path: string): string | undefined => /node_modules\/((?:@[^/]+\/)?[^/]+)(?:\/|$)/.exec(path)?.[1];

const files = new Set<string>();

registerHooks({
	load(url, context, next) {
		files.add(url);
		return next(url, context);
	},
});

/** A file of the bundle counts for every package in it: all of them are read. */
function packagesIn(url: string, bundled: Readonly<Record<string, string[]>>): (string | undefined)[] {
	return url.startsWith(DIST.href) ? (bundled[url.slice(DIST.href.length)] ?? []).map(nameOf) : [nameOf(url)];
}

process.once("exit", () => {
	const bundled = JSON.parse(readFileSync(new URL("packages.json", DIST), "utf8")) as Record<string, string[]>;
	const loaded = new Set([...files].flatMap((url) => packagesIn(url, bundled)).filter((name) => name !== undefined));
	writeFileSync(process.env["LOADED_PACKAGES"]!, [...loaded].toSorted().join("\n"));
});
