import { redact } from "../secrets/secret.ts";

const LONGEST = 100;

/** The stage that a line of BuildKit's plain progress starts, as `[3/7] RUN apt-get …`; undefined for other lines. */
export function stageOf(line: string): string | undefined {
	const match = /^#\d+ (\[(?!internal\]|auth\])[^\]]+\] .+)$/.exec(line.trimEnd());
	if (!match) return undefined;
	const text = redact(match[1]!).replaceAll(/\s+/g, " ");
	return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/** The last lines that a failed build printed by itself, without step numbers and times. */
export const lastOutput = (lines: readonly string[], count: number): string[] =>
	lines.flatMap((line) => /^#\d+ (?:\d+\.\d+ |ERROR: )(.*)$/.exec(line)?.[1]?.trimEnd() || []).slice(-count);
