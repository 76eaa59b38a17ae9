import { posix } from "node:path";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { scriptsOf } from "./scripts.ts";

/** The package.json of the nearest folder above a file. */
const manifestOf = (tree: Tree, path: string): SourceFile | undefined =>
	tree.files
		.filter(
			(one) => /(?:^|\/)package\.json$/.test(one.path) && path.startsWith(one.path.slice(0, -"package.json".length)),
		)
		.toSorted((a, b) => b.path.length - a.path.length)[0];

const BIN = /"bin"\s*:\s*(?:\{([^}]*)\}|"([^"]+)")/;

/** What npm installs the program of a file as: the one name of `bin`, or the package's. */
export function installedName(tree: Tree, { path }: SourceFile): string | undefined {
	const manifest = manifestOf(tree, path);
	const bin = BIN.exec(manifest?.text ?? "");
	const name = /"name"\s*:\s*"(?:@[^"/]+\/)?([^"]+)"/.exec(manifest?.text ?? "")?.[1];
	if (bin?.[1] === undefined) return bin ? name : undefined;
	const names = [...bin[1].matchAll(/"([\w-]+)"\s*:/g)].map(([, one]) => one!);
	return names.length === 1 ? names[0] : undefined;
}

/** The scripts of package.json that start the program with what stands behind them: `npm run ops -- `. */
export function runNames(tree: Tree, { path }: SourceFile): { script: string; typed: string }[] {
	const manifest = manifestOf(tree, path);
	if (manifest === undefined) return [];
	const own = path.slice(posix.dirname(manifest.path) === "." ? 0 : posix.dirname(manifest.path).length + 1);
	const bin = BIN.exec(manifest.text);
	const built = [...(bin?.[1] ?? "").matchAll(/:\s*"([^"]+)"/g)].map(([, one]) => one!);
	const entries = [own, ...built, ...(bin?.[2] === undefined ? [] : [bin[2]])].map((one) => one.replace(/^\.\//, ""));
	return scriptsOf(manifest).flatMap(({ name, text }) => {
		const started = /(?:^|[\s&;])(?:node|tsx|ts-node|bun)(?:[ \t]+-\S+)*[ \t]+(?:run[ \t]+)?(?:\.\/)?(\S+)$/.exec(
			text.trim(),
		)?.[1];
		if (started === undefined || !entries.includes(started)) return [];
		const script = RegExp.escape(name);
		const typed = `(?:npm run(?: -s| --silent)? ${script} --|npm --prefix \\S+ run ${script} --|(?:pnpm|yarn)(?: run)? ${script})`;
		return [{ script: name, typed }];
	});
}
