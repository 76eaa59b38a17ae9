import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { lazily, withoutCollator, withoutSessions, withoutVersionCheck } from "../../scripts/lean-packages.js";

it("requires packages where they are used", () => {
	const code = [
		'const ejs_1 = __importDefault(require("ejs"));',
		'const node_tty_1 = require("node:tty");',
		'const util_1 = require("../util/util");',
		"exports.render = () => ejs_1.default.render((0, node_tty_1.isatty)(1), util_1.ejs_1);",
	].join("\n");
	expect(lazily(code).trim()).toBe(
		[
			'const util_1 = require("../util/util");',
			'exports.render = () => __importDefault(require("ejs")).default.render((0, require("node:tty").isatty)(1), util_1.ejs_1);',
		].join("\n"),
	);
});

it("leaves out dockerode's sessions until one is made", () => {
	const code = "var a = require('./a'),\n  withSession = require('./session'),\n  b = a.b;\nwithSession(self, done);";
	expect(withoutSessions(code)).toBe("var a = require('./a'),\n  b = a.b;\nrequire('./session')(self, done);");
	expect(() => withoutSessions("var a = 1;")).toThrow("otherwise than it did");
});

it("sorts by code units, without the rules of a language", () => {
	const sorted = withoutCollator("list.sort((a, b) => a.id.localeCompare(b.id))");
	expect(sorted).toBe("list.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))");
	const list = ["status", "api:token", "api", "build"].map((id) => ({ id }));
	runInNewContext(sorted, { list });
	expect(list.map(({ id }) => id)).toEqual(["api", "api:token", "build", "status"]);
});

it("leaves out oclif's own look at Node's version", async () => {
	const code = await readFile(createRequire(import.meta.url).resolve("@oclif/core"), "utf8");
	expect(code).toContain("\ncheckNodeVersion();\n");
	expect(withoutVersionCheck(code)).not.toMatch(/checkNodeVersion|semver/);
	expect(withoutVersionCheck(code)).toContain("\ncheckCWD();\n");
});
