import { parseDocument } from "yaml";

/** The text of cres.yaml with one instance added or replaced; comments and order of the rest stay. */
export function withInstance(text: string, name: string, settings: Readonly<Record<string, unknown>>): string {
	const document = parseDocument(text);
	document.setIn(["instances", name], document.createNode(settings));
	return document.toString({ lineWidth: 0 });
}
