import { expect, it } from "vitest";
import { lazily, withoutSessions } from "../../scripts/lazy-requires.js";

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
