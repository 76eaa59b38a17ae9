import { expect, it } from "vitest";
import { lazily } from "../../scripts/lazy-requires.js";

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
