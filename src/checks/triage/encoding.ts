import type { Language } from "../tree/languages.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** What fails on a byte-order mark at the start. PowerShell and Python take it, Windows PowerShell even wants it. */
const PARSED: readonly Language[] = ["shell", "dockerfile", "ini", "nginx", "requirements", "env", "json", "toml"];
const TEXT =
	/\.(?:sh|bash|py|[cm]?jsx?|tsx?|ya?ml|json|toml|ini|conf|env|service)$|(?:^|\/)(?:Dockerfile[^/]*|\.env[^/]*|requirements[^/]*\.txt)$/;
/** UTF-16 is what some tools of Windows write; `.ts` may be a video. */
const NOT_TEXT = /\.(?:ps1|psm1|psd1|mts|cts)$/;

export default {
	code: "TS102",
	scope: "static",
	severity: "error",
	question: "Are scripts and settings plain UTF-8, without a byte-order mark or NUL bytes?",
	why: "The kernel does not find `#!` behind a byte-order mark, pip and Docker take it for a part of the first word, and a file with NUL bytes (UTF-16) is read by nothing on Linux.",
	example:
		"A file that begins with EF BB BF and then `#!/bin/bash` is no script. Saved as UTF-8 without a mark it runs.",
	run(tree) {
		const marked = tree.in(...PARSED).filter(({ byteOrderMark }) => byteOrderMark);
		const read = new Set([...tree.files.map(({ path }) => path), ...tree.skipped.map(({ path }) => path)]);
		const binary = tree.paths.filter(
			(path) => TEXT.test(path) && !NOT_TEXT.test(path) && !path.endsWith(".ts") && !read.has(path),
		);
		const late = tree.in(...PARSED).filter((file) => file.includes("\0"));
		const findings: Found[] = [
			...marked.map((file): Found => ({
				message: `${file.path} begins with a byte-order mark`,
				evidence: [file.place(1)],
				fix: { say: `take the mark out: sed -i '1s/^\\xEF\\xBB\\xBF//' ${file.path}` },
			})),
			...binary.map((path): Found => ({
				message: `${path} holds NUL bytes: it is UTF-16, or no text at all`,
				evidence: [{ path, line: 1, text: "" }],
				fix: { say: `write it as UTF-8: iconv -f UTF-16 -t UTF-8 ${path}` },
			})),
			...late.map((file): Found => ({
				message: `${file.path} holds a NUL byte`,
				evidence: [file.placeAt(file.text.indexOf("\0"))],
				fix: { say: `take it out: tr -d '\\000' < ${file.path}` },
			})),
		];
		return { looked: `${tree.in(...PARSED).length} scripts and settings`, findings };
	},
} satisfies StaticCheck;
