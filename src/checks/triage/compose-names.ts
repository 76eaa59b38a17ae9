import { posix } from "node:path";
import { composeFiles, namesIn, type ComposeFile } from "../facts/compose-files.ts";
import { placeIn } from "../facts/found.ts";
import { nearest } from "../../system/nearest.ts";
import { mayBeMade } from "../tree/generated.ts";
import { pathIn } from "../tree/path-in.ts";
import type { Tree } from "../tree/tree.ts";
import type { Part } from "../workflows/part.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS428",
	scope: "static",
	severity: "error",
	question:
		"Does a compose file define every network, volume, secret and config, and have every file that its services name?",
	why: "Compose refuses the whole file for a name that it does not define. Of a mounted file that is not there Docker makes an empty folder, and the program in the container finds no settings.",
	example: "`volumes: [pgdata:/var/lib/postgresql/data]` and `volumes:` at the top has only pg-data: write one name.",
	run(tree) {
		const files = composeFiles(tree);
		const findings = files.flatMap((file) => [
			...(file.open ? [] : undefinedIn(file)),
			...[...file.services].flatMap(([name, service]) => [
				...environmentFiles(tree, file, name, service),
				...mounts(tree, file, name, service),
			]),
			...sourceFiles(tree, file),
		]);
		return { looked: `${files.length} compose files`, findings };
	},
} satisfies StaticCheck;

const KINDS = ["networks", "volumes", "secrets", "configs"] as const;

function undefinedIn(file: ComposeFile): Found[] {
	return KINDS.flatMap((kind) => {
		const known = new Set(file.beside.flatMap(({ root }) => [...(root.get(kind)?.map.keys() ?? [])]));
		const own = kind === "networks" ? ["default"] : [];
		return [...file.services].flatMap(([service, part]) =>
			used(kind, part.get(kind))
				.filter(({ name }) => !known.has(name) && !own.includes(name) && !/[${}]/.test(name))
				.map(({ name, part: at }): Found => {
					const meant = nearest(name, [...known]) ?? (known.size === 1 ? [...known][0] : undefined);
					const one = kind.slice(0, -1);
					const places = [...(file.root.get(kind)?.map.values() ?? [])].slice(0, 3);
					return {
						message: `${service} uses the ${one} ${name}, and ${file.file.path} defines ${known.size === 0 ? `no ${kind}` : `only ${[...known].join(", ")}`}`,
						evidence: [placeIn(file.file, at.line), ...places.map((each) => placeIn(each.file, each.line))],
						fix: {
							say:
								meant === undefined
									? `add ${name} to ${kind} at the top`
									: `write ${meant}, or add ${name} to ${kind} at the top`,
						},
					};
				}),
		);
	});
}

/** Volumes have a short form of their own: `name:/path`. */
function used(kind: (typeof KINDS)[number], part: Part | undefined) {
	if (kind !== "volumes") return namesIn(part);
	return (part?.list ?? []).flatMap((one) => {
		const [source = "", target] = one.text?.split(":") ?? [];
		if (one.text !== undefined)
			return target !== undefined && /^[A-Za-z0-9][\w.-]+$/.test(source) ? [{ name: source, part: one }] : [];
		const named = one.get("source");
		return one.get("type")?.text === "volume" && named?.text !== undefined ? [{ name: named.text, part: named }] : [];
	});
}

const say = (path: string, tree: Tree): string => {
	const moved = tree.paths.find((one) => posix.basename(one) === posix.basename(path));
	return moved === undefined ? `bring ${path} back, or take the line out` : `name ${moved}, or bring ${path} back`;
};

/** Those that people make from an example stay outside of the tree. */
function environmentFiles(tree: Tree, file: ComposeFile, service: string, part: Part): Found[] {
	const named = part.get("env_file");
	const items = [
		...(named?.texts ?? []),
		...(named?.list ?? []).flatMap((one) => (one.get("required")?.text === "false" ? [] : (one.get("path") ?? []))),
	];
	return items.flatMap((one): Found[] => {
		const path = pathIn(file.folder, one.text!);
		if (path === undefined || tree.has(path) || mayBeMade(tree, path) || isCopied(tree, path)) return [];
		return [
			{
				message: `${service} reads its environment from ${one.text!}, which is not in the tree`,
				evidence: [placeIn(file.file, one.line)],
				fix: { say: say(path, tree) },
			},
		];
	});
}

/** An example of it is there, or something says how to make it. */
function isCopied(tree: Tree, path: string): boolean {
	const base = posix.basename(path);
	const examples = [".example", ".sample", ".template", ".dist"].flatMap((end) => [
		path + end,
		posix.join(posix.dirname(path), `example${base}`),
	]);
	if (examples.some((one) => tree.has(one))) return true;
	const makes = new RegExp(
		`(?:\\bcp\\b|\\bcopy\\b|Copy-Item|>|\\btee\\b|\\bcreate\\b)[^\\n]*${base.replaceAll(".", "\\.")}(?![\\w.-])`,
		"i",
	);
	return tree.files.some(({ text }) => text.includes(base) && makes.test(text));
}

/** `./nginx.conf:/etc/nginx/nginx.conf`: a file by its ending, on both sides. */
function mounts(tree: Tree, file: ComposeFile, service: string, part: Part): Found[] {
	return (part.get("volumes")?.list ?? []).flatMap((one): Found[] => {
		const [source, target] = one.text?.split(":") ?? [one.get("source")?.text, one.get("target")?.text];
		if (source === undefined || target === undefined || !/^\.{1,2}\//.test(source)) return [];
		const path = pathIn(file.folder, source);
		const ending = /\.[a-z]\w{1,5}$/i;
		if (path === undefined || !ending.test(source) || !ending.test(target) || tree.has(path)) return [];
		if (mayBeMade(tree, path) || isCopied(tree, path)) return [];
		return [
			{
				message: `${service} mounts ${source}, which is not in the tree: Docker makes an empty folder of that name`,
				evidence: [placeIn(file.file, one.line)],
				fix: { say: say(path, tree) },
			},
		];
	});
}

/** `configs: { app: { file: … } }`. A secret is made outside. */
function sourceFiles(tree: Tree, file: ComposeFile): Found[] {
	return [...(file.root.get("configs")?.map ?? [])].flatMap(([name, part]): Found[] => {
		const from = part.get("file");
		const path = from?.text === undefined ? undefined : pathIn(file.folder, from.text);
		if (path === undefined || tree.has(path) || mayBeMade(tree, path) || isCopied(tree, path)) return [];
		return [
			{
				message: `the config ${name} is made of ${from!.text!}, which is not in the tree`,
				evidence: [placeIn(file.file, from!.line)],
				fix: { say: say(path, tree) },
			},
		];
	});
}
