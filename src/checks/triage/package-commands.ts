import { scriptsOf } from "../javascript/scripts.ts";
import { posix } from "node:path";
import { nearest } from "../../system/nearest.ts";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { packagesOf } from "../javascript/packages.ts";
import { workspacesOf } from "../javascript/workspaces.ts";
import { isAside, isTest } from "../tree/aside.ts";
import { mayBeMade } from "../tree/generated.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** A package that a command picks: `pnpm --filter X`, `turbo run build --filter=X`, `npm run build -w X`, `yarn workspace X`. */
const PICKED =
	/\b(?:(?:pnpm|turbo|npx turbo)\b[^\n;&|]*?[ \t](?:--filter|-F)[ =]|npm\b[^\n;&|]*?[ \t](?:-w|--workspace)[ =]|yarn[ \t]+workspace[ \t]+)["']?(@?[\w-][\w./@-]*)/g;
/** Settings that a script names: `tsc -p tsconfig.build.json`, `vite build --config x.ts`. */
const SETTINGS =
	/\b(?:tsc|vue-tsc|tsc-alias|vitest|vite|jest|playwright|eslint|rollup|webpack|esbuild|tsup|nodemon)\b[^&|;"]*?[ \t](?:-p|--project|-b|-c|--config|--tsconfig)[ =](\.{0,2}\/?[\w./-]+\.(?:[cm]?[jt]s|json))\b/g;

export default {
	code: "TS244",
	scope: "static",
	severity: "error",
	question: "Do commands of npm, pnpm and yarn name packages and settings that exist?",
	why: "pnpm does nothing for a filter that matches no package, and ends well; tsc stops for a project file that is gone.",
	example: "`pnpm --filter @shop/website build` and the package is called @shop/web; write that.",
	run(tree) {
		const { packages } = packagesOf(tree);
		const files = tree.files.filter(
			({ path }) =>
				standingOf(path) !== "vendored" && standingOf(path) !== "history" && !isAside(path) && !isTest(path),
		);
		const many = workspacesOf(tree).length > 0 && packages.length > 1;
		return {
			looked: `${packages.length} packages`,
			findings: [
				...(many ? files.flatMap((file) => picked(tree, file)) : []),
				...packages.filter(({ file }) => files.includes(file)).flatMap(({ file }) => settings(tree, file)),
			],
		};
	},
} satisfies StaticCheck;

function picked(tree: Tree, file: SourceFile): Found[] {
	if (!file.has(/pnpm|turbo|npm|yarn/) || file.text.length > 400_000) return [];
	const { packages } = packagesOf(tree);
	const names = packages.flatMap(({ name }) => name ?? []);
	const folders = packages.map(({ folder }) => folder);
	const seen = new Set<string>();
	return file.matches(PICKED).flatMap(({ 0: all, 1: written, index }): Found[] => {
		const name = written!.replace(/\.\.\.$/, "").replace(/\/$/, "");
		const short = (one: string) => one.replace(/^@[^/]+\//, "");
		const folder = name.replace(/^\.\//, "");
		if (seen.has(name) || name === "" || isComment(file, index)) return [];
		seen.add(name);
		if (names.some((one) => one === name || short(one) === name) || folders.includes(folder) || tree.has(folder))
			return [];
		const meant = nearest(name, names, 4) ?? names.find((one) => name.includes(short(one)));
		// A name of another project in a document stays: it is not of this scope.
		const scope = /^@[^/]+/.exec(name)?.[0];
		if (meant === undefined && (scope === undefined || !names.some((one) => one.startsWith(`${scope}/`)))) return [];
		return [
			{
				message: `${file.path} picks the package ${name}, and the workspace has none of that name`,
				evidence: [placeIn(file, file.lineAt(index + all.length - 1))],
				fix: { say: meant === undefined ? `name one of the workspace's packages` : `write ${meant} for ${name}` },
				...(file.language === "markdown" ? { severity: "warning" as const } : {}),
			},
		];
	});
}

/** npm runs a script in the folder of its package.json. */
function settings(tree: Tree, file: SourceFile): Found[] {
	const named = scriptsOf(file).flatMap(({ text, line }) =>
		[...text.matchAll(SETTINGS)].map(([, written]) => ({ written, line })),
	);
	return named.flatMap(({ written, line }): Found[] => {
		const path = posix.join(posix.dirname(file.path), written!);
		if (path.startsWith("..") || tree.has(path) || mayBeMade(tree, path) || /\bcd\b/.test(file.lines[line - 1] ?? ""))
			return [];
		const beside = tree.paths.filter((one) => posix.dirname(one) === posix.dirname(path));
		const meant =
			nearest(path, beside, 4) ??
			(/tsconfig/.test(path) ? beside.find((one) => /tsconfig[^/]*\.json$/.test(one)) : undefined);
		return [
			{
				message: `a script of ${file.path} names ${written!}, which is not in the tree`,
				evidence: [placeIn(file, line)],
				fix: {
					say: meant === undefined ? `bring ${path} back` : `write ${posix.basename(meant)}, or bring ${path} back`,
				},
			},
		];
	});
}
