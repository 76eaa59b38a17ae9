/** Synthetic texts with the shapes that grown plan files have. */
const entry = (body: string, title = "Move the api"): string => `## 2026-03-03 - ${title}\n${body}`;
const whole = (validation: string, rollback = "### Rollback\n\n1. Revert.\n"): string =>
	entry(
		`\n- Objective: serve it elsewhere.\n- Changes:\n  - \`src/api.py\`\n    - moved\n\n${validation}\n${rollback}`,
	);

const HEAD = `# PLAN

- [x](https://example.org) <span style="color:red">🧭️</span>

## Table of Contents
Time Zone: America/New_York

| Date | Models/Systems | Plans | Status | Completion Time (-05:00) |
|---|---|---|---|---|
`;

/** Heads: their table of contents in all its states. */
export const HEADS = {
	"with mark, preamble and table": `\uFEFF${HEAD}| 2026-03-03 | api + web | [Move the api (a/b): c](<#2026-03-03---move-the-api-(a/b):-c>) | \`[DONE]\` | 10:11:12 |\n| 2026-03-02 | - | [Fix \`x\`](<#2026-03-02---fix-x>) | \`[PENDING]\` | - |\n\n`,
	"without a table": "# PLAN\n\n",
	"with a row missing": `${HEAD}| 2026-03-02 | web | [Fix \`x\`](#2026-03-02---fix-x) | \`[PENDING]\` | - |\n\n`,
	"with rows swapped": `${HEAD}| 2026-03-02 | web | [Fix \`x\`](#2026-03-02---fix-x) | \`[PENDING]\` | - |\n| 2026-03-03 | api | [Move the api (a/b): c](#2026-03-03---move-the-api-ab-c) | \`[PENDING]\` | - |\n\n`,
} as const;

/** Two entries below such a head. */
export const BODY =
	"## 2026-03-03 - Move the api (a/b): c\n\n- Objective: a.\n\n## 2026-03-02 - Fix `x`\n\n- Objective: b.\n";

/** Entries by their shape. */
export const SHAPES = {
	plain: whole(
		"### Validation\n\n- Verify the api answers:\n  - `curl -s http://127.0.0.1:8000/health`\n  - Expected: `200`\n",
	),
	"glued to its first bullet": entry(
		"- Executed time: 2026-03-03 10:00:00 -05:00\n\n- Objective: x.\n- Change: `a.py` renamed\n",
	),
	"bullet Validation and indented numbers": whole(
		"- Validation:\n  - Temporal: `temporal task-queue describe`\n  - Syntax:\n    - `bash -n start.sh`\n",
		"- Rollback:\n  1. One\n  2. Two\n",
	),
	"bullet Rollback and numbers at column 0": whole("### Validation\n\n- `a \\| b`\n", "- Rollback:\n1. One\n2. Two\n"),
	"bullet Rollback and bullets": whole("- Validation (on the host):\n  - `rg x`\n", "- Rollback:\n  - One\n  - Two\n"),
	"Change singular": entry("\n- Objective: x.\n- Change:\n  - Updated `ci.yml`:\n    - `driver: docker`\n"),
	"Action and labels beside it": entry(
		"\n- Objective: x.\n- Action: archived `a`.\n- Archive location: `C:\\b\\`.\n- Kept launchers:\n  - `c.ps1` (old)\n",
	),
	"Constraints, Follow-up and another heading": entry(
		"\n- Objective: x.\n- Constraints:\n  - none of `y`\n- Root cause: inline, `z`.\n- Changes:\n  - `a.py` + `b.py`\n  - `c.py` (new)\n- Follow-up:\n  - later\n\n### Validation\n\n- Instance: fine\n- Objective: not one\n\n### Notes\n\n- free\n\n### Rollback\n\n1. One\n",
	),
	"lists of all kinds": entry(
		"\n- Objective: x.\n- Root cause:\n  - a\n    - c\n      - d\n        1) one\n        2) two\n  - b that\n    goes on\nlazily\n\n### Rollback\n\n1. Restore:\n   - `a`\n   - `b`\n2. Again.\n",
	),
	"other marks": entry(
		"\n* **Objective**: x.\n* **Changes:**\n  * `a.py`\n\n#### Validation (manual)\n\n* ok\n\n### Roll-back:\n\n* undo\n",
	),
	"paragraphs for bullets": entry(
		"\nObjective: x.\n\nChanges:\n\n- `a.py`\n\nValidation:\n\n- ok\n\nRollback:\n\n1. undo\n",
	),
	"comments and code": entry(
		"\n<!-- ## 2026-01-01 - hidden -->\n\n- Objective: x.\n\n### Validation\n\n- Run:\n  ```sh\n  # look\n  rg x src\n  ```\n\n<!--\n### Rollback\n-->\n\n### Rollback\n\n1. undo\n",
	),
	"inner backticks and escapes": whole(
		'### Validation\n\n- `rg "Where `docker run` Happens|x" docs`\n- `rg "a\\"b\\\\c" src` and ${{ github.sha }} &#124; `C:\\d\\e\\`\n- `rg "x y" f` should return no match\n',
	),
	"a table and a quotation": entry(
		"\n- Objective: x.\n\n### Validation\n\n| queue | polls |\n|---|---|\n| a | yes |\n\n> said\n> so\n\n### Rollback\n\n1. undo\n",
	),
	"title with a section word": entry("\n- Objective: x.\n", "Rollback: `b` (c/d) + e: f @ g = h"),
	"nothing below": entry(""),
} as const;
