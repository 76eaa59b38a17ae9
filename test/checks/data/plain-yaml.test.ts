import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { isPlainYaml } from "../../../src/checks/data/plain-yaml.ts";

const HEALTHY = `# settings
on: [push, "pull request"]
services:
  api:
    image: "a:1" # why
    command: >-
      run it
       now
    ports:
    - "80:80"
    - 443:443
  web: { }
list:
  - name: a
    run: |
      echo: x
  - - b
`;

test("plain files are told without a parser", () => {
	expect(isPlainYaml("a: 1\nb:\n  - c: |\n      x: y\n    d: 'e'\n---\na: 2".split("\n"))).toBe(true);
	expect(isPlainYaml(["a: 1", "a: 2"])).toBe(false);
	expect(isPlainYaml(["a: 1", "  b: 2"])).toBe(false);
});

test("whatever is told to be plain parses", () => {
	const lines = HEALTHY.split("\n");
	const edit = fc.tuple(
		fc.nat(lines.length - 1),
		fc.constantFrom(" x", ": y", "- ", "", "  ", "'", '"', "{", "a: 1"),
		fc.nat(12),
	);
	fc.assert(
		fc.property(fc.array(edit, { maxLength: 3 }), (edits) => {
			const changed = [...lines];
			for (const [at, text, column] of edits)
				changed[at] = changed[at]!.slice(0, column) + text + changed[at]!.slice(column);
			const documents = parseAllDocuments(changed.join("\n"), { uniqueKeys: true, logLevel: "silent" });
			const refused = Array.isArray(documents) && documents.some(({ errors }) => errors.length > 0);
			return !refused || !isPlainYaml(changed);
		}),
		{ numRuns: 400 },
	);
});
