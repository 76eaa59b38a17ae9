import { expect, test } from "vitest";
import check from "../../../src/checks/triage/encoding.ts";
import { treeOf } from "../../support/tree.ts";

const messages = (files: Record<string, string | null>) =>
	check.run(treeOf(files)).findings.map(({ message }) => message);

test("a script that is binary by its content is UTF-16 or damaged; other binary files are data", () => {
	expect(messages({ "scripts/start.sh": null, "logo.png": null, "clip.ts": null, "boot.ps1": null })).toEqual([
		"scripts/start.sh holds NUL bytes: it is UTF-16, or no text at all",
	]);
});

test("a NUL byte behind the part that is looked at for binary files is found", () => {
	expect(messages({ Dockerfile: `FROM debian\n${"# x\n".repeat(3000)}\0` })).toEqual(["Dockerfile holds a NUL byte"]);
});
