import { expect, it } from "vitest";
import { pathIn } from "../../../src/checks/tree/path-in.ts";

it.each([
	["", ".", ""],
	["deploy/", "..", ""],
	["deploy/", "../api/", "api"],
	["deploy", "./api/Dockerfile", "deploy/api/Dockerfile"],
	["deploy", "..config/a", "deploy/..config/a"],
	["", "..config/a", "..config/a"],
])("in %j the path %j is %j", (folder, path, expected) => {
	expect(pathIn(folder, path)).toBe(expected);
});

it.each([
	...["../api", "..", "/srv/api", "~/api", "C:\\api", "c:/api", "\\\\host\\api", "$CONTEXT/api", "${DIR}", "{{ dir }}"],
	...["`pwd`", "https://example.com/api.tar", "git@example.com:api.git", "https://example.com/api.git#main", "api.git"],
])("%j is no path of the tree", (path) => {
	expect(pathIn("", path)).toBeUndefined();
});
