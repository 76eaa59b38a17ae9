import { documentRows } from "../claims/tables.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { standingOf } from "./standing.ts";
import { PORT_WORD, portOf } from "./variable-ports.ts";

/** A path that is asked, or documented, on a port. */
export interface PortPath {
	port: string;
	path: string;
	file: SourceFile;
	line: number;
}

/** Rows of tables that have one port and one path. */
export const documentedPaths = (tree: Tree): PortPath[] =>
	documentRows(tree).flatMap(({ cells, line, file }): PortPath[] => {
		const ports = [...cells].flatMap(([head, cell]) =>
			/port|listen|address|bind/.test(head)
				? [...cell.matchAll(/(?:^|[:\s])(\d{4,5})(?![\d.])/g)].map(([, one]) => one!)
				: [],
		);
		const paths = [...cells.values()].filter((cell) => /^\/[\w./-]+$/.test(cell));
		return new Set(ports).size === 1 && paths.length === 1 ? [{ port: ports[0]!, path: paths[0]!, file, line }] : [];
	});

const LOCAL = `https?:\\/\\/(?:localhost|127\\.0\\.0\\.1|\\[::1\\]):(${PORT_WORD})`;
const ASKED = new RegExp(`${LOCAL}(\\/[\\w./-]+)(?![\\w{$/-])`, "g");
const HELD = new RegExp(`\\$?\\b(\\w+)[ \\t]*=[ \\t]*["']?${LOCAL}\\/?["']?(?=[ \\t)\\r\\n;,]|$)`, "gm");

/** What scripts ask of this machine, its address perhaps in a variable that the script gives one value. */
export const askedOnPorts = (tree: Tree): PortPath[] =>
	tree
		.in("shell", "powershell", "batch", "yaml", "dockerfile")
		.filter((file) => standingOf(file.path) === "live" && file.has(/https?:\/\//) && file.text.length < 400_000)
		.flatMap((file) => {
			const { text } = file;
			const plain = file.matches(ASKED).map(({ 1: port, 2: path, index }) => ({
				port: port!,
				path: path!,
				index,
			}));
			const held = file.matches(HELD).flatMap(({ 1: name, 2: port }) => {
				const times = text.match(new RegExp(`(?<![\\w.])\\$?${name!}[ \\t]*=(?!=)`, "g"))?.length ?? 0;
				const used = new RegExp(`\\$(?:\\{${name!}\\}|${name!})(\\/[\\w./-]+)(?![\\w{$/-])`, "g");
				return times !== 1
					? []
					: [...text.matchAll(used)].map(({ 1: path, index }) => ({ port: port!, path: path!, index }));
			});
			return [...plain, ...held]
				.filter(({ index }) => !isComment(file, index))
				.flatMap(({ port: word, path, index }) => {
					const port = portOf(tree, word);
					return port === undefined ? [] : [{ port, path: path.replace(/\/$/, ""), file, line: file.lineAt(index) }];
				});
		});
