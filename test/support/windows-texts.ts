/**
 * A command line without its program, taken apart as CommandLineToArgvW and Microsoft's C runtime do.
 * @see https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
 */
export function argvOf(line: string): string[] {
	const argv: string[] = [];
	let word: string | undefined;
	let isQuoted = false;
	for (const [token] of line.matchAll(/\\+"?|"|[ \t]|[^\\" \t]+/g)) {
		if (/^[ \t]$/.test(token) && !isQuoted) {
			if (word !== undefined) argv.push(word);
			word = undefined;
			continue;
		}
		const { text, isQuote } = read(token);
		word = (word ?? "") + text;
		if (isQuote) isQuoted = !isQuoted;
	}
	return word === undefined ? argv : [...argv, word];
}

/** What a part of a command line stands for; of backslashes before a quotation mark every second one counts. */
function read(token: string): { text: string; isQuote: boolean } {
	const count = token.length - 1;
	if (!token.endsWith('"')) return { text: token, isQuote: false };
	const isQuote = count % 2 === 0;
	return { text: "\\".repeat(Math.floor(count / 2)) + (isQuote ? "" : '"'), isQuote };
}

export interface XmlElement {
	name: string;
	attributes: Record<string, string>;
	children: XmlElement[];
	/** Its own, without that of its children. */
	text: string;
}

const TOKEN = /<\?[^>]*\?>|<(\/?)([A-Za-z]+)((?:\s+[a-z]+="[^"<]*")*)\s*>|([^<]+)/giy;

/** Reads well-formed XML of elements, attributes and text, and refuses everything else. */
export function readXml(text: string): XmlElement {
	const root: XmlElement = { name: "", attributes: {}, children: [], text: "" };
	const open = [root];
	let at = 0;
	for (const match of text.matchAll(TOKEN)) {
		if (match.index !== at) throw new Error(`not XML at ${at}: ${text.slice(at, at + 40)}`);
		at += match[0].length;
		const [, end, name, attributes, plain] = match;
		const top = open.at(-1)!;
		if (plain !== undefined) top.text += unescaped(plain);
		else if (end === "/") {
			if (top.name !== name) throw new Error(`</${name}> ends <${top.name}>`);
			if (top.children.length > 0) top.text = "";
			open.pop();
		} else if (name !== undefined) {
			const pairs = [...attributes!.matchAll(/([a-z]+)="([^"]*)"/gi)].map(([, key, value]) => [key, unescaped(value!)]);
			const element = { name, attributes: Object.fromEntries(pairs) as Record<string, string>, children: [], text: "" };
			top.children.push(element);
			open.push(element);
		}
	}
	if (at !== text.length || open.length !== 1 || root.children.length !== 1) throw new Error(`not XML: ${text}`);
	return root.children[0]!;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescaped(text: string): string {
	return text.replaceAll(/&(\w*);?/g, (whole, name: string) => {
		const found = ENTITIES[name];
		if (found === undefined || !whole.endsWith(";")) throw new Error(`no entity: ${whole}`);
		return found;
	});
}
