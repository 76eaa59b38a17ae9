import { parsePerimeter } from "../../src/perimeter/document.ts";
import { setEndpoint } from "../../src/perimeter/edit.ts";
import { renderPerimeter } from "../../src/perimeter/render.ts";
import { starterPerimeter } from "../../src/perimeter/starter.ts";
import { addressesIn } from "../../src/perimeter/values.ts";
import { anchorsOf } from "../../src/plan/anchors.ts";
import { contentsOf } from "../../src/plan/contents.ts";
import { insertEntry, parse, print } from "../../src/plan/document.ts";
import { formatted } from "../../src/plan/fmt.ts";
import { lintPlan } from "../../src/plan/lint.ts";
import { readPlan } from "../../src/plan/reader.ts";
import { withoutLiterals } from "../../src/secrets/literals.ts";
import { expectThat, type Parser } from "./parser.ts";
import { textsNear } from "./texts.ts";

const ENTRY = "## 2026-03-04 - a deploy\n\n- Recorded: now\n\n### Rollback\n\n1. none\n";
const PLAN = [
	"# PLAN\n\nText.\n\n## 2026-01-02 - second\n\n- a\n\n## 2026-01-01 - first\n\n- b\n",
	"# PLAN\n\n<!-- as this:\n## 2026-01-01 - title\n-->\n\n## 2025-12-31 - real\n\n- a\n",
	"# PLAN\n\n```ls``` lists\n\n```sh\n## 2026-01-01 - in code\n```\n\n## 2025-12-31 – real\n",
	"# PLAN\n\n1. a\n\n   ```\n   ## 2026-01-01 - in a list\n   ```\n\n> ## 2026-01-01 - quoted\n\n    ## 2026-01-01 - code\n",
	"# PLAN\r\n\r\n## 2026-01-01 — windows\r\n\r\n- a\r\n",
	'# PLAN\n\n## Table of Contents\n\n| Date | Plans | Status |\n|---|---|---|\n| 2026-01-01 | [a](<#x>) | `[DONE]` |\n\n## 2026-01-01 - a\n- Executed time: 2026-01-01 10:00:00 -05:00\n\n* Objective: x\n- Changes:\n  - `a.ts` + `b.ts`\n- Validation (manual):\n  - `rg "a `b` c" d`\n  - `check: file-exists a` → passed: x\n- Rollback:\n1. One\n   - two\n',
	"",
];
const PLAN_TOKENS = [
	"## 2026-01-01 - t\n",
	"<!--",
	"-->",
	"```\n",
	"~~~\n",
	"<pre>\n",
	"</pre>",
	"\n\n",
	"- ",
	"> ",
	"    ",
	"`",
	"---\n",
	"===\n",
	"- Objective: x\n",
	"- Changes:\n",
	"### Validation\n\n",
	"- Rollback:\n",
	"1. ",
	"`check: file-exists a`",
	"| a |\n",
	"- - ",
	"[a](#b) ",
];

/** An entry lands above the newest one, every other byte stays, and it is read again. */
function checkPlan(text: string): void {
	const document = parse(text);
	expectThat(print(document) === text, "parse and print differ");
	const next = insertEntry(text, ENTRY);
	const [first, ...rest] = parse(next).entries;
	expectThat(first?.title === "a deploy", `the first entry is ${first?.title}`);
	expectThat(rest.length === document.entries.length, `${rest.length} entries of ${document.entries.length} are left`);
	const end = /\r\n|\r|\n/.exec(text)?.[0] ?? "\n";
	const written = ENTRY.replaceAll("\n", end);
	const at = next.indexOf(written);
	const [above, below] = [next.slice(0, at), next.slice(at + written.length)];
	const tail = document.entries.map((one) => one.text).join("");
	expectThat(above.startsWith(document.head) && above.slice(document.head.length).trim() === "", "the head changed");
	expectThat(below.endsWith(tail) && below.slice(0, below.length - tail.length).trim() === "", "later entries changed");
	checkEntries(text);
}

/** Every entry is read, and its canonical form is stable; so is a table of contents, whose links lead somewhere. */
function checkEntries(text: string): void {
	const plan = readPlan(text);
	lintPlan(plan);
	const once = formatted(text, { entries: "all", contents: true }).text;
	if (once === undefined || parse(once).entries.length !== plan.entries.length) return;
	const again = formatted(once, { entries: "all", contents: true }).text;
	expectThat(again === undefined, `formatting twice: ${JSON.stringify([once, again])}`);
	const next = parse(once);
	const { all } = anchorsOf(next);
	const dead = contentsOf(next)?.rows.filter(({ target }) => target === undefined || !all.has(target)) ?? [];
	expectThat(dead.length === 0, `a dead link in the table: ${JSON.stringify([dead, once])}`);
}

const PERIMETER = [
	starterPerimeter(),
	"## Planes\n\n| plane | where |\n|---|---|\n| compute | x |\n\n## Hosts\n\n|host|plane|address|\n|-|-|-|\n|a|compute|floating|\n",
	"## Compute endpoints\n\n| instance | host | port | via | tunnel |\n| --- | --- | --- | --- | --- |\n| gpu-1 | `ssh7.vast.ai` | 26311 | proxy | `ssh -p 26311 root@ssh7.vast.ai` |\n",
	"Allowed on instances\n---\n\naddress | port\n:-: | -\n10.0.0.0/8 | 22, 80\n*.vast.ai | -\n",
];
const PERIMETER_TOKENS = [
	"| a | b |\n",
	"|---|---|\n",
	"## Compute endpoints\n",
	"| gpu-1 | h | 1 |\n",
	"\\|",
	"|",
	"`",
	"&#124;",
	"**",
	"[a](b)",
	"\r\n",
	"~~~\n",
	"- ",
];

function checkPerimeter(text: string): void {
	renderPerimeter(parsePerimeter(text));
	const endpoint = { instance: "gpu-1", host: "ssh2.vast.ai", port: 27_139, via: "proxy", tunnel: "cres tunnel gpu-1" };
	const next = setEndpoint(text, endpoint);
	const found = parsePerimeter(next).endpoints.find(({ instance }) => instance === "gpu-1");
	expectThat(found?.host === endpoint.host && found.port === endpoint.port, `it reads ${JSON.stringify(found)}`);
	expectThat(setEndpoint(next, endpoint) === next, "a second edit changes it again");
}

const VALUES = [
	"http://10.0.0.1:8080/x,ftp://a.b",
	"host=10.0.0.1 [::1]:80",
	"a@b.c:22/x?y=%2F%2F10.0.0.1",
	"postgres://u:p@h:5/d",
];

export const documentParsers: readonly Parser[] = [
	{ name: "plan", corpus: PLAN, texts: textsNear(PLAN, PLAN_TOKENS), check: checkPlan, pieces: PLAN_TOKENS },
	{
		name: "perimeter",
		corpus: PERIMETER,
		texts: textsNear(PERIMETER, PERIMETER_TOKENS),
		check: checkPerimeter,
		pieces: PERIMETER_TOKENS,
	},
	{
		name: "secrets",
		corpus: [
			"password=a1b2c3d4 https://u:s3cret@h/ eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl ghp_abcdefghijklmnopqrstuvwxyz0123456789",
		],
		texts: textsNear(["password=a1b2c3d4", "https://u:s3cret@h/"], ["token: ", "Bearer ", "eyJ", "://", ":", "@"]),
		check: (text) => void withoutLiterals(text),
		pieces: ["password=", "a://b:", "eyJaaaaaaaaaaa.", "Bearer a", "-----BEGIN "],
	},
	{
		name: "addresses",
		corpus: VALUES,
		texts: textsNear(VALUES, ["://", "@", ":80", "10.0.0.1", "[::1]", "%", ",", "//"]),
		check: (text) => void addressesIn("A_URL", text, () => true),
		pieces: ["a://", "1.", "@", "a-", "[:", "a:b@"],
	},
];
