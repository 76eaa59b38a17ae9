import { join } from "node:path";
import { expect, it } from "vitest";
import { schemaAddress, withIgnored } from "../../src/config/init.ts";

it("names the schema relative when it lies in the project", () => {
	const project = join(import.meta.dirname, "project");
	const inside = join(project, "node_modules", "cres", "cres.schema.json");
	expect(schemaAddress(project, inside)).toBe("./node_modules/cres/cres.schema.json");
	expect(schemaAddress(project, join(import.meta.dirname, "cres.schema.json"))).toMatch(
		/^file:\/\/.*\/cres\.schema\.json$/,
	);
});

it.each([
	["", ".env\n.cres/\n"],
	["node_modules", "node_modules\n.env\n.cres/\n"],
	["/.env\n.cres\n", undefined],
	["dist/\r\n.env\r\n", "dist/\r\n.env\r\n.cres/\r\n"],
])("adds to the .gitignore %j what is missing", (before, after) => {
	expect(withIgnored(before)).toBe(after);
});
