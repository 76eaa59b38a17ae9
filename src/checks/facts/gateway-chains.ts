import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { composeServices, itemsOf } from "./compose.ts";

/** Whether one file of nginx passes requests on to another: by a port that it listens on, in its container or as compose publishes it. */
export function passesTo(tree: Tree, from: SourceFile, to: SourceFile): boolean {
	const listened = to.matches(/^[ \t]*listen\s+(?:[\w.*[\]:]*:)?(\d{2,5})\b/gm).map(([, port]) => port!);
	const outside = composeServices(tree).flatMap((service) =>
		itemsOf(service, "ports").flatMap(({ value }) => {
			const [, host, own] = /(?:^|:)(\d{2,5}):(\d{2,5})$/.exec(value) ?? [];
			return own !== undefined && listened.includes(own) ? [host!] : [];
		}),
	);
	const asked = from.matches(/^[ \t]*(?:proxy_pass\s+https?:\/\/|server\s+)[\w.-]+:(\d{2,5})\b/gm);
	return asked.some(([, port]) => (outside.length > 0 ? outside : listened).includes(port!));
}
