import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { envInCode } from "./env-code.ts";
import { envInConfig } from "./env-config.ts";
import { envInLists } from "./env-lists.ts";
import { envInScripts } from "./env-scripts.ts";
import { laterDefaults } from "./env-later.ts";
import type { EnvStatement } from "./env-statement.ts";
import { standingOf } from "./standing.ts";

const MOST_CHARACTERS = 400_000;

/** What one file says; nothing of somebody else's file. */
export const envIn = once((file: SourceFile): readonly EnvStatement[] =>
	standingOf(file.path) === "vendored" || file.text.length > MOST_CHARACTERS
		? []
		: [...envInCode(file), ...envInScripts(file), ...envInConfig(file), ...envInLists(file), ...laterDefaults(file)],
);

/** Everything that the files of a tree say about names of the environment, somebody else's files left out. */
export const envOf = once((tree: Tree): readonly EnvStatement[] => tree.files.flatMap(envIn));

/** Those that count: carried out, and in no test, example or history. */
export const liveEnvOf = once((tree: Tree): readonly EnvStatement[] =>
	envOf(tree).filter(({ comment, file }) => !comment && standingOf(file.path) === "live"),
);
