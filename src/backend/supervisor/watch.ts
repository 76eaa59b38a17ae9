import { relative, sep } from "node:path";

/** Folders whose files are made by others, or by the servers themselves: a change there starts nothing. */
const FOLDERS = new Set([
	...["clients", "scripts", ".local", ".pids", "__pycache__", ".cres", ".git"],
	...["node_modules", ".venv", "venv", ".mypy_cache", ".pytest_cache", ".ruff_cache"],
]);
/** Generated files. */
const FILES = new Set(["openapi.json", "asyncapi.json"]);
/** What a server is made of. */
const SOURCES = /\.(?:py|pyi|toml|ya?ml|json|env|js|mjs|cjs|ts|mts)$/;

/** Whether a change of this path, below the watched folder, leaves the servers alone. */
export function isExcluded(path: string): boolean {
	const parts = path.split(/[/\\]/);
	const name = parts.at(-1)!;
	return parts.some((part) => FOLDERS.has(part)) || FILES.has(name) || name.endsWith(".pyc");
}

/** Whether a change of this file restarts servers that have `reload`. */
export const isSource = (path: string): boolean => !isExcluded(path) && SOURCES.test(path);

const QUIET_MS = 150;

/** Calls `changed` once for changes that come together, with one of the paths; not while it still works on the last ones. */
export async function watchSources(
	root: string,
	changed: (path: string) => Promise<void>,
): Promise<{ close(): Promise<void> }> {
	const { watch } = await import("chokidar");
	const below = (path: string) => relative(root, path).split(sep).join("/");
	const watcher = watch(root, { ignoreInitial: true, ignored: (path) => path !== root && isExcluded(below(path)) });
	let timer: NodeJS.Timeout | undefined;
	let work = Promise.resolve();
	watcher.on("all", (_event, path) => {
		if (!isSource(below(path))) return;
		clearTimeout(timer);
		timer = setTimeout(() => void (work = work.then(() => changed(below(path)))), QUIET_MS);
	});
	watcher.on("error", () => {}); // a folder that cannot be read: the others are watched
	return {
		async close() {
			clearTimeout(timer);
			await watcher.close();
		},
	};
}
