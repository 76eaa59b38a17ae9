import { isAside, isTest } from "../tree/aside.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** A path that a program of the tree answers. */
export interface Route {
	path: string;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
}

const ROUTES: Readonly<Record<string, RegExp>> = {
	python:
		/@\w+(?:\.\w+)*\.(?:get|post|put|patch|delete|head|route|api_route|websocket)\(\s*["'](\/[^"'\s]*)["']|\b(?:Route|add_api_route|add_url_rule|path|re_path|add_get|add_post)\(\s*r?["'](\/?[\w/{}<>:.-]*)["']/g,
	javascript:
		/\.(?:get|post|put|patch|delete|head|all|use|register)\(\s*["'`](\/[^"'`\s]*)["'`]|\b(?:url|path|prefix|route)\s*:\s*["'`](\/[^"'`\s]*)["'`]/g,
};

/** Every route that code writes out, without what it is mounted below. */
export const routesOf = once((tree: Tree): readonly Route[] =>
	tree.in("python", "javascript").flatMap((file) =>
		isTest(file.path) || isAside(file.path) || file.text.length > 400_000
			? []
			: file.matches(ROUTES[file.language]!).map(({ 0: all, 1: a, 2: b, index }): Route => {
					const path = (a ?? b)!;
					return { path: path.startsWith("/") ? path : `/${path}`, file, line: file.lineAt(index + all.length - 1) };
				}),
	),
);
