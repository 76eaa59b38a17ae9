import type { SourceFile } from "../tree/source-file.ts";
import type { Target } from "./words.ts";

const EXEC = /<Exec\b[^>]*>([^]*?)<\/Exec>/g;
const SCRIPT =
	/(?<![\w.\\/-])((?:[A-Za-z]:)?(?:\.?[\\/])?(?:[\w .-]+[\\/])*[\w.-]+\.(?:ps1|psm1|py|cmd|bat))(?=$|[\s"';,)<])/gi;

/**
 * What a task of the Windows Task Scheduler starts in its working folder, of a task as XML ("Task Scheduler Schema",
 * `Exec`: `Command`, `Arguments`, `WorkingDirectory`).
 */
export function taskTargets(file: SourceFile): { target: Target; line: number }[] {
	if (!file.path.endsWith(".xml") || !file.includes("schemas.microsoft.com/windows/2004/02/mit/task")) return [];
	return file.matches(EXEC).flatMap(({ 1: inside, index, 0: all }) => {
		const folder = textOf(inside!, "WorkingDirectory")?.replace(/[\\/]+$/, "");
		if (folder === undefined || !/^[A-Za-z]:\\[\w .\\-]+$/.test(folder)) return [];
		const start = index + all.indexOf(inside!);
		return ["Command", "Arguments"].flatMap((tag) => {
			const text = textOf(inside!, tag) ?? "";
			return [...text.matchAll(SCRIPT)].flatMap(({ 1: path }) => {
				const below = belowFolder(path!.trim(), folder);
				return below === undefined
					? []
					: [
							{
								target: { kind: "script" as const, name: below, placed: true as const },
								line: file.lineAt(start + inside!.indexOf(`<${tag}>`) + tag.length + 2),
							},
						];
			});
		});
	});
}

/** What stands in the first element of this name. */
function textOf(xml: string, tag: string): string | undefined {
	const text = new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1];
	return text?.replaceAll("&quot;", '"').replaceAll("&amp;", "&").trim();
}

/** The path from a folder on; with slashes. Undefined where it is not below, or has no folder of its own. */
export function belowFolder(path: string, folder: string): string | undefined {
	const [whole, base] = [path, folder].map((one) => one.replaceAll(/[\\/]+/g, "/").replace(/\/$/, ""));
	const isBelow = whole!.toLowerCase().startsWith(`${base!.toLowerCase()}/`);
	const rest = isBelow
		? whole!.slice(base!.length + 1)
		: /^[A-Za-z]:|^\//.test(whole!)
			? ""
			: whole!.replace(/^\.\//, "");
	return rest.includes("/") ? rest : undefined;
}
