/** What a command looks for, and where. */
interface Search {
	paths: readonly string[];
	texts: readonly string[];
	ignoreCase: boolean;
}

/** A file or a folder of the tree. */
export const PATH = /^\.?[\w-]+(?:[./][\w./-]*)?$/;

/** The literal texts and the files of a simple `rg`; undefined for every other. */
export function searchOf(command: string): Search | undefined {
	if (command.startsWith("Select-String")) return selected(command);
	const words = [...command.replace(/^\w+\s/, "").matchAll(/"((?:\\.|[^"\\])*)"|'([^']*)'|(\S+)/g)].map(
		([, double, single, bare]) => double?.replaceAll('\\"', '"') ?? single ?? bare!,
	);
	const options = words.filter((word) => word.startsWith("-"));
	if (
		!options.every((word) =>
			/^(?:-n|-i|-F|-E|-r|-rn|-nE|-S|-q|-l|-c|--line-number|--ignore-case|--fixed-strings|--quiet|--count)$/.test(word),
		)
	)
		return undefined;
	const [pattern, ...paths] = words.filter((word) => !word.startsWith("-"));
	if (pattern === undefined || paths.length === 0 || !paths.every((path) => PATH.test(path))) return undefined;
	const fixed = options.some((word) => /^(?:-F|--fixed-strings)$/.test(word));
	if (command.startsWith("grep") && !fixed && pattern.includes("|") && !options.some((word) => word.includes("E")))
		return undefined;
	const texts = fixed ? [pattern] : pattern.split("|").map((one) => one.replaceAll(/\\([.\-/"@:])/g, "\uE000$1"));
	if (
		!fixed &&
		texts.some(
			(one) =>
				/[*+?()[\]{}^$\\.]/.test(one.replaceAll(/\uE000./g, "")) &&
				!/^[\w\s./:@-]+$/.test(one.replaceAll("\uE000", "")),
		)
	)
		return undefined;
	return {
		texts: texts.map((one) => one.replaceAll("\uE000", "")).filter((one) => one !== ""),
		paths,
		ignoreCase: options.some((word) => /^(?:-i|--ignore-case)$/.test(word)),
	};
}

/** `Select-String -Path a\b.ps1 -Pattern 'text'`, without signs of patterns in the text. It takes no heed of case. */
function selected(command: string): Search | undefined {
	const [, path] = /\s-(?:Literal)?Path\s+["']?([\w.\\/-]+)["']?(?=\s|$)/i.exec(command) ?? [];
	const [, single, double] = /\s-Pattern\s+(?:'([^']+)'|"([^"$`]+)")/i.exec(command) ?? [];
	const text = single ?? double;
	if (path === undefined || text === undefined || /\s-(?:Not|Exclude|Include)\w*/i.test(command)) return undefined;
	if (!/-SimpleMatch\b/i.test(command) && !/^[\w\s./:@=,"-]+$/.test(text)) return undefined;
	return { texts: [text], paths: [path.replaceAll("\\", "/").replace(/^\.\//, "")], ignoreCase: true };
}
