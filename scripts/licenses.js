// npm run licenses: refuses a package whose licence is not on the list, in the toolkit's and in the payload's lockfile.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Licences under which a package may be passed on in a bundle or an image (SPDX, https://spdx.org/licenses). */
const SHIPPED = ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "ISC", "MIT", "Unlicense"];
/** Also fine for what is used while building and testing, and for data that stays in no bundle. */
const USED = [...SHIPPED, "CC-BY-3.0", "CC-BY-4.0", "CC0-1.0", "MPL-2.0"];

/** Packages that are in no bundle and no image although the lockfile does not call them so, with what they are used for. */
const BUILD_ONLY = {
	"caniuse-lite": "webpack's, which bundles workflows",
};

/** Packages whose lockfile entry has no licence, with what their own LICENSE file says. */
const BY_FILE = { buildcheck: "MIT", "cpu-features": "MIT", ssh2: "MIT", unionfs: "Unlicense" };

/** Whether one of `allowed` is enough for an SPDX expression of AND and OR; AND binds more tightly, as SPDX says. */
export function isAllowed(expression, allowed) {
	const alternatives = expression.replaceAll(/[()]/g, "").split(" OR ");
	return alternatives.some((all) => all.split(" AND ").every((one) => allowed.includes(one.trim())));
}

/** One line for each package of a lockfile (version 3) that must not be there. */
export function licenseFaults({ packages }) {
	return Object.entries(packages).flatMap(([path, { license, dev = false, version }]) => {
		const name = path.split("node_modules/").at(-1);
		if (path === "" || name === "") return [];
		const found = license ?? BY_FILE[name];
		if (found === undefined) return [`${name} ${version} names no licence`];
		return isAllowed(found, dev || name in BUILD_ONLY ? USED : SHIPPED) ? [] : [`${name} ${version}: ${found}`];
	});
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const root = join(import.meta.dirname, "..");
	const locks = ["package-lock.json", "images/package-lock.json"];
	const faults = locks.flatMap((lock) =>
		licenseFaults(JSON.parse(readFileSync(join(root, lock), "utf8"))).map((fault) => `${lock}: ${fault}`),
	);
	if (faults.length > 0)
		process.stderr.write(`licences that are not on the list of scripts/licenses.js:\n${faults.join("\n")}\n`);
	process.exitCode = faults.length > 0 ? 1 : 0;
}
