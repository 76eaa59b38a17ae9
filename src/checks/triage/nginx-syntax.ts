import { nginxFaults } from "../data/nginx.ts";
import { isAside } from "../tree/aside.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Templates of another program, and languages inside nginx's. */
const OTHER = /\{\{|\{%|<%|_by_lua_block|\bjs_content\b|\bperl\b/;

export default {
	code: "TS111",
	scope: "static",
	severity: "error",
	question: "Can nginx read every one of its files?",
	why: "nginx refuses to start with the file, and to reload it: the old settings stay until the next restart, which fails.",
	example: "`proxy_pass http://127.0.0.1:8000` without `;` takes the next line for its argument.",
	run(tree) {
		const files = tree.in("nginx").filter(({ path }) => !isAside(path));
		const findings = files.flatMap((file): Found[] =>
			file.has(OTHER)
				? []
				: nginxFaults(file.text).map(({ message, at }) => ({
						message: `nginx cannot read ${file.path}: ${message}`,
						evidence: [file.placeAt(at)],
						fix: { say: `mend the line, then check: nginx -t -c ${file.path}` },
					})),
		);
		return { looked: `${files.length} files of nginx`, findings };
	},
} satisfies StaticCheck;
