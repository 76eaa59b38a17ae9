/** Columns padded to their widest cell, two blanks between, no trailing blanks. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
	const lines = [headers, ...rows];
	const widths = headers.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
	return lines
		.map((line) =>
			line
				.map((cell, column) => cell.padEnd(widths[column]!))
				.join("  ")
				.trimEnd(),
		)
		.join("\n");
}

/** Milliseconds as `140 ms`, `2.3 s`, `4 min 5 s`. */
export function seconds(ms: number): string {
	if (ms < 1000) return `${Math.round(ms)} ms`;
	if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
	return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** Age in milliseconds as `now`, `12 s ago`, `3 min ago`, `2 h ago`, `5 d ago`. */
export function ago(ms: number): string {
	if (ms < 1500) return "now";
	if (ms < 90_000) return `${Math.round(ms / 1000)} s ago`;
	if (ms < 5_400_000) return `${Math.round(ms / 60_000)} min ago`;
	if (ms < 129_600_000) return `${Math.round(ms / 3_600_000)} h ago`;
	return `${Math.round(ms / 86_400_000)} d ago`;
}

/** Bytes as `512 B`, `12.3 kB`, `330.2 MB` (powers of 1000). */
export function bytes(count: number): string {
	const units = ["B", "kB", "MB", "GB", "TB"];
	const power = Math.min(units.length - 1, count < 1 ? 0 : Math.floor(Math.log10(count) / 3));
	return power === 0 ? `${count} B` : `${(count / 1000 ** power).toFixed(1)} ${units[power]}`;
}

/** `sha256:0123…` shortened for people. */
export const shortDigest = (digest: string): string => digest.slice(0, 19);
