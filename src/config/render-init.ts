import type { Initialized } from "./init.ts";

/** One line a file, then the commands to go on with. */
export function renderInit({ directory, dryRun, files, missing, github, next }: Initialized): string {
	const lines = files.map(
		({ path, state }) =>
			`${(dryRun && ["written", "replaced", "extended"].includes(state) ? `not ${state}` : state).padEnd(13)}${path}`,
	);
	const withCi = github.length > 0;
	const kept = !withCi && files[0]!.state === "kept" ? [`${files[0]!.path} was there; --force replaces it`] : [];
	const differs = files.some(({ state }) => state === "differs")
		? ["--force replaces the workflows that differ; git diff then shows what changed"]
		: [];
	return [
		`in ${directory}${dryRun ? " (dry run)" : ""}`,
		...lines,
		...kept,
		...differs,
		...(missing.length > 0 ? ["before cres build --push:", ...missing.map((line) => `  ${line}`)] : []),
		...(withCi ? ["before the workflows run, in GitHub and in the tree:", ...github.map((line) => `  ${line}`)] : []),
		"next:",
		...next.map((line) => `  ${line}`),
	].join("\n");
}
