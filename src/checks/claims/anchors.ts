import { parser } from "@lezer/markdown";
import { slug } from "github-slugger";
import { markdownTree } from "../../system/markdown-nodes.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";

const blocks = parser.configure({
	remove: ["Escape", "Entity", "InlineCode", "HTMLTag", "Emphasis", "HardBreak", "Link", "Image", "LinkEnd"],
});
/** `<a id="x">`, `{#x}` of site generators, `(x)=` of MyST. */
const NAMED = /(?:\bid|\bname)\s*=\s*["']([^"'\n]{1,200})["']|\{:?\s*#([\w:.-]{1,200})|^\(([\w:.-]{1,200})\)=/gm;

/** Everything that `#…` behind the name of a document can lead to, as GitHub and site generators make it, in `comparable` form. */
export const anchorsOf = once((file: SourceFile): ReadonlySet<string> => {
	const anchors = new Set<string>();
	const seen = new Map<string, number>();
	const defined = new Set(file.matches(/^ {0,3}\[([^\]\n]+)\]:/gm).map(([, name]) => name!.toLowerCase()));
	for (const heading of headingsOf(file)) {
		const base = slug(textOf(heading, defined));
		const times = seen.get(base) ?? 0;
		seen.set(base, times + 1);
		anchors.add(comparable(times === 0 ? base : `${base}-${times}`));
	}
	for (const [, id, set, label] of file.matches(NAMED)) anchors.add(comparable((id ?? set ?? label)!));
	return anchors;
});

/** Generators differ in the dashes that they leave for a run of signs. */
export const comparable = (anchor: string): string =>
	anchor
		.toLowerCase()
		.replaceAll(/[-_\s]+/g, "-")
		.replaceAll(/^-|-$/g, "");

function headingsOf({ text }: SourceFile): string[] {
	const found: string[] = [];
	markdownTree(blocks, text).iterate({
		enter({ name, from, to }) {
			if (!/^(?:ATX|Setext)Heading\d$/.test(name)) return;
			const lines = text.slice(from, to);
			found.push(
				name.startsWith("Setext")
					? lines.replace(/\n[ \t]*[=-]+[ \t]*$/, "")
					: lines.replace(/^#{1,6}|[ \t]#+[ \t]*$/g, ""),
			);
		},
	});
	return found;
}

/** What a page shows of a heading. */
const textOf = (heading: string, defined: ReadonlySet<string>): string =>
	heading
		.replaceAll(/!\[[^\]\n]*\](?:\([^)\n]*\)|\[[^\]\n]*\])/g, "")
		.replaceAll(/\[([^\]\n]*)\]\([^)\n]*\)/g, "$1")
		.replaceAll(/\[([^\]\n]*)\]\[([^\]\n]*)\]/g, (all, text: string, name: string) =>
			defined.has((name === "" ? text : name).toLowerCase()) ? text : all,
		)
		.replaceAll(/<\/?[a-z][^<>\n]*>/gi, "")
		.replaceAll(/\{:?\s*#[^}\n]*\}/g, "")
		.replaceAll(/(?<!\w)(_{1,2})(?=\S)([^_\n]+)\1(?!\w)/g, "$2")
		.replaceAll("&amp;", "&")
		.trim();
