import { expect, it } from "vitest";
import { mappingsOf } from "../../../src/checks/facts/config-files.ts";
import { treeOf } from "../../support/tree.ts";

const read = (text: string) =>
	mappingsOf(treeOf({ "config/app.yaml": text })).map(({ path, keys, texts }) => [
		path.join("."),
		[...keys],
		[...texts],
	]);

/** An anchor makes the parser read the file; without one its lines are enough. */
const parsed = (text: string) =>
	read(`${text}zz: &anchor 1\n`).map(([path, keys, texts]) =>
		[path, keys, texts].map((one) => (Array.isArray(one) ? one.filter(([key]) => key !== "zz") : one)),
	);

const SERVERS = `# of the gateway
gateway:
  port: 8000 # told
  "body limit": '16m'
  none:
  flow: [1, 2]
servers:
  - name: jobs
    port: 8001
    env:
      A: "x"
  - name: media
    port: 8003
    env:
      A: y
tags:
- one
- two
text: |
  port: 1
  not a key
last: true
`;

it("reads the lines of a plain file as a parser does", () => {
	const sorted = (all: readonly unknown[]) => all.map((one) => JSON.stringify(one)).toSorted();
	expect(sorted(read(SERVERS))).toEqual(sorted(parsed(SERVERS)));
	expect(read(SERVERS)).toContainEqual([
		"servers.-",
		[
			["name", 12],
			["port", 13],
			["env", 14],
		],
		[
			["name", "media"],
			["port", "8003"],
		],
	]);
});

it("takes nothing of a file that stands for billions of values", () => {
	const bomb = Array.from({ length: 60 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]\n`).join("");
	expect(read(`a0: &a0 [x, x]\n${bomb}`)).toEqual([]);
});
