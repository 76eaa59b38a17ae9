import type { SourceFile } from "../tree/source-file.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { Tree } from "../tree/tree.ts";
import { standingOf } from "./standing.ts";
import { once } from "../tree/once.ts";

/** Names that belong together in code: the fields of a class or a type, or the keys that one file reads. */
export interface FieldGroup {
	name: string;
	/** Line of each, counted from 1. */
	fields: ReadonlyMap<string, number>;
	file: SourceFile;
	/** A class or a type names all of them; a file may read others by other ways. */
	closed: boolean;
}

export const fieldGroupsOf = once((tree: Tree): readonly FieldGroup[] => {
	const made = tree.in("python", "javascript", "powershell").flatMap((file) => {
		const { path, text, language } = file;
		if (standingOf(path) !== "live" || isAside(path) || isTest(path) || text.length > 200_000) return [];
		return [...(language === "python" ? classes(file) : language === "javascript" ? types(file) : []), ...reads(file)];
	});
	return made;
});

function classes(file: SourceFile): FieldGroup[] {
	if (!file.has(/^class \w/m)) return [];
	const found: FieldGroup[] = [];
	let open: { name: string; fields: Map<string, number>; body: string[] } | undefined;
	const close = (): void => {
		if (
			open &&
			open.fields.size > 1 &&
			!/\balias|extra\s*=\s*["']allow|\bto_camel\b|__getattr__/.test(open.body.join("\n"))
		)
			found.push({ name: open.name, fields: open.fields, file, closed: true });
		open = undefined;
	};
	for (const [index, line] of file.lines.entries()) {
		const head = /^class (\w+)/.exec(line)?.[1];
		if (/^\S/.test(line) && !/^[)\]#]/.test(line)) close();
		if (head !== undefined) open = { name: head, fields: new Map(), body: [line] };
		if (!open) continue;
		open.body.push(line);
		const field = /^(?: {4}|\t)([a-z]\w*)\s*:\s*[\w"'[(]/.exec(line)?.[1];
		if (field !== undefined) open.fields.set(field, index + 1);
	}
	close();
	return found;
}

const TYPE =
	/(?:\binterface\s+(\w+)[^{=;]*|\btype\s+(\w+)\s*=\s*|\b(?:const|let)\s+(\w+)\s*=\s*z\s*\.?\s*(?:strictO|o)bject\(\s*|\b(?:const|let)\s+(\w+)\s*=\s*z\s*\.(?:strictO|o)bject\(\s*)\{/g;

function types(file: SourceFile): FieldGroup[] {
	if (!file.has(/\b(?:interface|type)\s+\w|z\s*\.\s*(?:strictO|o)bject\(/)) return [];
	return file.matches(TYPE).flatMap(({ 0: all, 1: a, 2: b, 3: c, 4: d, index }) => {
		const fields = fieldsFrom(file, index + all.length);
		return fields.size > 1 ? [{ name: (a ?? b ?? c ?? d)!, fields, file, closed: true }] : [];
	});
}

/** The names before `:` at the depth of the brace that was opened. */
function fieldsFrom(file: SourceFile, from: number): Map<string, number> {
	const fields = new Map<string, number>();
	let depth = 1;
	const end = Math.min(file.text.length, from + 6000);
	for (const token of file.text
		.slice(from, end)
		.matchAll(
			/\/\*[^]*?\*\/|\/\/[^\n]*|"[^"\n]*"|'[^'\n]*'|`[^`]*`|[{([<]|[})\]]|(?<![=-])>|(?<=^|[\n,;{])\s*(?:readonly\s+)?([A-Za-z_$][\w$]*)\??\s*:/g,
		)) {
		if (/^[{([]$/.test(token[0])) depth += 1;
		else if (/^[})\]]$/.test(token[0])) depth -= 1;
		else if (token[1] !== undefined && depth === 1)
			fields.set(token[1], file.lineAt(from + token.index + token[0].indexOf(token[1])));
		if (depth === 0) break;
	}
	return fields;
}

const READ: Readonly<Record<string, RegExp>> = {
	python: /\[(?<=[\w\])]\[)["']([A-Za-z][\w-]*)["']\]|\.get\(\s*["']([A-Za-z][\w-]*)["']/g,
	javascript:
		/\[(?<=[\w\])]\[)["']([A-Za-z][\w-]*)["']\]|\b(?:config|cfg|conf|options|opts|settings|parsed|raw|json|data)\??\.([A-Za-z]\w*)/g,
	powershell: /\$(?:\w*)(?:config|cfg|conf|settings|json|data)\w*\.([A-Za-z]\w*)|\$\w+\[["']([A-Za-z][\w-]*)["']\]/gi,
};

function reads(file: SourceFile): FieldGroup[] {
	const fields = new Map<string, number>();
	for (const { 0: all, 1: a, 2: b, index } of file.matches(READ[file.language]!))
		if (!fields.has((a ?? b)!)) fields.set((a ?? b)!, file.lineAt(index + all.length - 1));
	return fields.size > 1 ? [{ name: file.path, fields, file, closed: false }] : [];
}
