import type { SourceFile } from "../tree/source-file.ts";
import { once } from "../tree/once.ts";

const PIECES =
	/<#[^]*?#>|(?<=^|[\s;{}()|,&=])#[^\n]*|@'\r?\n[^]*?\r?\n'@|@"\r?\n[^]*?\r?\n"@|"(?:[^"`]|`[^]|"")*"|'(?:[^']|'')*'|`\r?\n|[^"'#<@`]+|[^]/g;

/** A script without its comments and with the inside of its strings blanked, in the same offsets; continued lines are one. */
export const codeOf = once((file: SourceFile): string => {
	const made = file.text.replaceAll(PIECES, (piece) => {
		const first = piece[0]!;
		if (!"#<`@\"'".includes(first)) return piece;
		if (/^(?:<#|#)/.test(piece)) return blank(piece);
		if (/^`\r?\n/.test(piece)) return " ".repeat(piece.length);
		return /^(?:@?["'])[^]/.test(piece) ? piece[0] + blank(piece.slice(1, -1)) + piece.at(-1)! : piece;
	});
	return made;
});

const blank = (text: string): string =>
	text.includes("\n") ? text.replaceAll(/[^\n]+/g, (line) => " ".repeat(line.length)) : " ".repeat(text.length);

/** The offset behind the bracket that closes the one at an offset of such code. */
export function closedAt(code: string, open: number): number | undefined {
	let depth = 0;
	for (let at = open; at < code.length; at += 1) {
		if (/[({]/.test(code[at]!)) depth += 1;
		else if (/[)}]/.test(code[at]!) && (depth -= 1) === 0) return at + 1;
	}
	return undefined;
}

/** Programs whose failure is an exit code, and that are run for what they change. */
export const NATIVE =
	/^(?:[ \t]*(?:\$\w+[ \t]*=[ \t]*)?)(?:&[ \t]*)?["']?(git|pip\d?|python\d?|py|npm|npx|pnpm|yarn|node|docker|docker-compose|dotnet|msbuild|nuget|cargo|go|uv|poetry|conda|terraform|kubectl|helm|az|aws|gcloud|nssm|schtasks|sc\.exe|robocopy|xcopy|7z|tar|curl\.exe|ssh|scp|psql|pg_dump|sqlcmd|mysqldump|choco|winget|icacls|netsh|ffmpeg|alembic|pytest|restic|rclone|mc)(?:\.exe|\.cmd)?["']?[ \t]+(?=\S)([^\n|;]*)/gim;
