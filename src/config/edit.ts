import { isMap, isNode, isPair, isScalar, isSeq, parseDocument, stringify, type Pair, type YAMLMap } from "yaml";

/** As src/config/faults.ts reads it, warnings of the library left out. */
const read = (text: string) => parseDocument(text, { merge: true, logLevel: "error" });

/**
 * The text of cres.yaml with one instance added or replaced. Every other byte stays, except where `instances` is
 * written in braces: then the whole text is printed again.
 */
export function withInstance(text: string, name: string, settings: Readonly<Record<string, unknown>>): string {
	const document = read(text);
	const instances = document.get("instances", true);
	const entry = stringify({ [name]: settings }, { lineWidth: 0 });
	if (document.contents === null || instances === undefined) {
		const end = endOfDocument(text, document.contents?.range?.[1] ?? 0);
		return splice(text, end, end, `instances:\n${indented(entry, "  ")}`);
	}
	if (isMap(instances) && !instances.flow && instances.items.length > 0) return withItem(text, instances, name, entry);
	if (isMap(instances)) document.setIn(["instances", name], document.createNode(settings));
	else document.set("instances", document.createNode({ [name]: settings }));
	return document.toString({ lineWidth: 0 });
}

/**
 * The text of cres.yaml with one public key added to `attest.keys`, or replaced; every other byte stays, except where
 * `attest` or its `keys` are written in braces or empty.
 */
export function withAttestKey(text: string, name: string, pem: string): string {
	const document = read(text);
	const attest = document.get("attest", true);
	const keys = document.getIn(["attest", "keys"], true);
	const entry = stringify({ [name]: pem });
	if (document.contents === null || attest === undefined) {
		const end = endOfDocument(text, document.contents?.range?.[1] ?? 0);
		return splice(text, end, end, `attest:\n  keys:\n${indented(entry, "    ")}`);
	}
	if (isBlock(keys)) return withItem(text, keys, name, entry);
	if (isBlock(attest) && keys === undefined) return withItem(text, attest, "keys", `keys:\n${indented(entry, "  ")}`);
	const others = isMap(keys) ? (keys.toJSON() as object) : {};
	const settings = isMap(attest) ? (attest.toJSON() as object) : {};
	document.set("attest", document.createNode({ ...settings, keys: { ...others, [name]: pem } }));
	return document.toString({ lineWidth: 0 });
}

const isBlock = (node: unknown): node is YAMLMap => isMap(node) && !node.flow && node.items.length > 0;

/**
 * The text of cres.yaml without one instance, comments around it kept; every other byte stays, except where `instances`
 * is written in braces. Undefined when it does not have it, or another part refers to it.
 */
export function withoutInstance(text: string, name: string): string | undefined {
	const next = cutInstance(text, name);
	return next !== undefined && isReadable(next) ? next : undefined;
}

function cutInstance(text: string, name: string): string | undefined {
	const document = read(text);
	const instances = document.get("instances", true);
	const old = isMap(instances) ? instances.items.find(({ key }) => String(key) === name) : undefined;
	if (!isMap(instances) || !old) return undefined;
	if (instances.flow) {
		document.deleteIn(["instances", name]);
		return document.toString({ lineWidth: 0 });
	}
	const from = lineStart(text, startOf(old));
	const rest = `${text.slice(0, from)}${text.slice(lineEnd(text, endOf(old)))}`;
	if (instances.items.length > 1) return rest;
	const colon = rest.indexOf(":", keyEnd(document.contents, "instances")) + 1;
	return `${rest.slice(0, colon)} {}${rest.slice(colon)}`;
}

/** No alias is left without its anchor. */
function isReadable(text: string): boolean {
	try {
		const document = read(text);
		document.toJS();
		return document.errors.length === 0;
	} catch {
		return false;
	}
}

function keyEnd(contents: unknown, name: string): number {
	const pair = isMap(contents) ? contents.items.find(({ key }) => String(key) === name) : undefined;
	return isNode(pair?.key) ? pair.key.range![1] : 0;
}

/**
 * The text of cres.yaml with the contract `to` for an instance that has the contract `from`; every other byte stays.
 * Undefined when it does not have it.
 */
export function withContract(
	text: string,
	name: string,
	{ from, to }: { from: number; to: number },
): string | undefined {
	const id = read(text).getIn(["instances", name, "id"], true);
	if (!isScalar(id) || id.value !== from || !id.range) return undefined;
	const [start, end] = id.range;
	return `${text.slice(0, start)}${to}${text.slice(end)}`;
}

/**
 * The text of cres.yaml with the sha256 of the manifest of models. Every other byte stays, except where `models` is there
 * without it: then the whole text is printed again.
 */
export function withModelsManifest(text: string, sha256: string): string {
	const document = read(text);
	const held = document.getIn(["models", "manifest"], true);
	// In quotes, because digits alone would be a number.
	if (isScalar(held) && held.range) return `${text.slice(0, held.range[0])}"${sha256}"${text.slice(held.range[1])}`;
	if (document.contents !== null && !document.has("models")) {
		const end = endOfDocument(text, document.contents.range![1]);
		return splice(text, end, end, `models:\n  manifest: "${sha256}"\n`);
	}
	if (isMap(document.get("models", true))) document.setIn(["models", "manifest"], sha256);
	else document.set("models", document.createNode({ manifest: sha256 }));
	return document.toString({ lineWidth: 0 });
}

function withItem(text: string, map: YAMLMap, name: string, entry: string): string {
	const old = map.items.find(({ key }) => String(key) === name);
	const first = startOf(map.items[0]!);
	const indent = text.slice(lineStart(text, first), first);
	const end = lineEnd(text, endOf(old ?? map.items.at(-1)));
	return splice(text, old ? lineStart(text, startOf(old)) : end, end, indented(entry, indent));
}

/** Before the marker `...` that may end a document (YAML 1.2, 9.1.2), else the end of the text. */
function endOfDocument(text: string, from: number): number {
	const marker = /^\.\.\.(?=\s|$)/m.exec(text.slice(from));
	return marker ? from + marker.index : text.length;
}

const startOf = ({ key }: Pair): number => (isNode(key) ? key.range![0] : 0);

/** Where the last value inside ends; what a block collection counts as its own end lies behind later comments. */
function endOf(node: unknown): number {
	if (isPair(node)) return endOf(node.value ?? node.key);
	if ((isMap(node) || isSeq(node)) && !node.flow && node.items.length > 0) return endOf(node.items.at(-1));
	return isNode(node) ? node.range![1] : 0;
}

const lineStart = (text: string, at: number): number => text.lastIndexOf("\n", at - 1) + 1;

/** Behind the line break of the line that ends at or holds the character before `at`. */
const lineEnd = (text: string, at: number): number => text.indexOf("\n", at - 1) + 1 || text.length;

const indented = (lines: string, indent: string): string => lines.replaceAll(/^(?=.)/gm, indent);

/** Puts whole lines in place of others, with the text's line ends. */
function splice(text: string, from: number, to: number, lines: string): string {
	const end = text.includes("\r\n") ? "\r\n" : "\n";
	const before = text.slice(0, from);
	const gap = before === "" || before.endsWith("\n") ? "" : end;
	return `${before}${gap}${lines.replaceAll("\n", end)}${text.slice(to)}`;
}
