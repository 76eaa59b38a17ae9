import { posix } from "node:path";
import { once } from "../tree/once.ts";
import type { Tree } from "../tree/tree.ts";

/** What a folder has that is built or installed by itself. */
const OWN =
	/^(?:(?:Dockerfile|Containerfile)(?:\.[\w-]+)?|[\w-]+\.Dockerfile|package\.json|pyproject\.toml|setup\.py|requirements\.txt|go\.mod|Cargo\.toml|pom\.xml|Gemfile|composer\.json)$/;

const unitsOf = once(
	(tree: Tree): ReadonlySet<string> =>
		new Set(tree.paths.filter((path) => OWN.test(posix.basename(path))).map((path) => posix.dirname(path))),
);

/** The folder of the program that a path belongs to; "" where it is the whole tree. */
function unitOf(tree: Tree, path: string): string {
	const units = unitsOf(tree);
	let folder = posix.dirname(path);
	while (folder !== "." && !units.has(folder)) folder = posix.dirname(folder);
	return folder === "." ? "" : folder;
}

/** Ports that nginx passes requests on to, on the machine and in the containers that have them. */
const passedPorts = once((tree: Tree): ReadonlySet<string> => {
	const to = tree.files.flatMap(({ text, language }) =>
		language !== "markdown" && text.includes("proxy_pass")
			? [...text.matchAll(/\bproxy_pass\s+https?:\/\/[^\s;/]*:(\d{2,5})\b|^\s*server\s+[\w.-]+:(\d{2,5})\b/gm)]
			: [],
	);
	const ports = new Set(to.map(([, direct, listed]) => (direct ?? listed)!));
	const inside = tree.files.flatMap(({ text, language }) =>
		/^(?:yaml|shell|ini)$/.test(language)
			? [...text.matchAll(/(?<![\d.])(\d{2,5}):(\d{2,5})(?![\d.:])/g)].filter(([, outer]) => ports.has(outer!))
			: [],
	);
	return new Set([...ports, ...inside.map(([, , inner]) => inner!)]);
});

const behind = once((tree: Tree): ReadonlySet<string> => {
	const ports = [...passedPorts(tree)];
	const number = new RegExp(`(?<![\\w.])(?:${ports.join("|")})(?![\\w.])`);
	const naming = tree.files.filter((file) => file.language !== "markdown" && file.has(number));
	return new Set(ports.length === 0 ? [] : naming.map(({ path }) => unitOf(tree, path)));
});

/** Whether nginx may stand before the program of a path: not where it passes to ports that only others of the tree name. */
export const isBehindNginx = (tree: Tree, path: string): boolean => {
	const unit = unitOf(tree, path);
	const others = [...behind(tree)].filter((one) => one !== "");
	return (
		unit === "" ||
		others.length === 0 ||
		others.some((one) => one === unit || one.startsWith(`${unit}/`) || unit.startsWith(`${one}/`))
	);
};
