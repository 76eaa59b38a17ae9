import { editOf } from "../facts/found.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const ADDRESS = /\bbaseURL\s*:[^,\n]*?https?:\/\/(?:localhost|127\.0\.0\.1):(\d{2,5})/;
const SERVER = /\bwebServer\s*:\s*\{/;
const WAITED = /\burl\s*:[^,\n]*?https?:\/\/(?:localhost|127\.0\.0\.1):(\d{2,5})\/?["'`]|\bport\s*:\s*(\d{2,5})\b/;

export default {
	code: "TS242",
	scope: "static",
	severity: "error",
	question: "Do browser tests open the address on which their own server is started?",
	why: "The server is up on one port, and every test opens another: all of them fail, or they test what happens to run there.",
	example: "`baseURL: 'http://localhost:5173'` beside `webServer: { url: 'http://localhost:4173' }`: write one port.",
	run(tree) {
		const files = tree
			.in("javascript")
			.filter(({ path }) => /(?:^|\/)playwright[\w.-]*\.config\.[cm]?[jt]s$/.test(path) && !isAside(path));
		return { looked: `${files.length} settings of Playwright`, findings: files.flatMap(inFile) };
	},
} satisfies StaticCheck;

function inFile(file: SourceFile): Found[] {
	const opened = ADDRESS.exec(file.text);
	const server = SERVER.exec(file.text);
	if (opened === null || server === null || isComment(file, opened.index) || isComment(file, server.index)) return [];
	const block = blockAt(file.text, server.index + server[0].length);
	const waited = WAITED.exec(block);
	const port = waited?.[1] ?? waited?.[2];
	// Several servers behind one command: the one that is waited for need not be the page.
	const command = /\bcommand\s*:\s*(["'`])((?:(?!\1).)*)\1/.exec(block)?.[2] ?? "";
	if (waited === null || port === opened[1] || /compose|concurrently|&|\bapi\b|backend|\bdev:all\b|turbo/.test(command))
		return [];
	const at = server.index + server[0].length + waited.index;
	const line = file.lineAt(opened.index + opened[0].length - 1);
	return [
		{
			message: `${file.path} opens port ${opened[1]!}, and the server of the tests is waited for on ${port!}`,
			evidence: [file.place(line), file.placeAt(at)],
			fix: { say: `write ${port!} for ${opened[1]!}`, ...editOf(file, line, opened[1]!, port!) },
		},
	];
}

/** Up to the bracket that closes the one before `from`. */
function blockAt(text: string, from: number): string {
	let depth = 1;
	for (let at = from; at < text.length; at += 1) {
		if (text[at] === "{") depth += 1;
		else if (text[at] === "}" && --depth === 0) return text.slice(from, at);
	}
	return text.slice(from);
}
