import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { composeServices, itemsOf } from "./compose.ts";
import { standingOf } from "./standing.ts";

/** A port that compose opens at one address of its host. */
interface Published {
	address: string;
	file: SourceFile;
	line: number;
}

const AT_ADDRESS = /^["']?((?:\d{1,3}\.){3}\d{1,3}):(\d{2,5}):\d+(?:\/tcp)?["']?$/;
const ANYWHERE = /^["']?(?:\$\{[^}]*\}:)?(?:(\d{2,5})|\$\{\w+:?-(\d{2,5})\})(?::\d+)?(?:\/tcp)?["']?$/;

const publishedIn = once((tree: Tree): ReadonlyMap<number, readonly (Published | undefined)[]> => {
	const all = composeServices(tree)
		.filter(({ file }) => standingOf(file.path) === "live")
		.flatMap((service) =>
			itemsOf(service, "ports").flatMap(({ value, line }): [number, Published | undefined][] => {
				const [, address, port] = AT_ADDRESS.exec(value) ?? [];
				if (address !== undefined)
					return [[Number(port), address === "0.0.0.0" ? undefined : { address, file: service.file, line }]];
				const [, plain, fallback] = ANYWHERE.exec(value) ?? [];
				return [[Number(plain ?? fallback ?? 0), undefined]];
			}),
		);
	return new Map([...Map.groupBy(all, ([port]) => port)].map(([port, own]) => [port, own.map(([, one]) => one)]));
});

/** Where a port is opened, if all that open it say one address of their host that is not its loopback; else nothing. */
export function publishedAlone(tree: Tree, port: number): Published[] {
	const all = publishedIn(tree).get(port) ?? [];
	const known = all.filter((one) => one !== undefined);
	return known.length === all.length && known.every(({ address }) => !address.startsWith("127.")) ? known : [];
}
