import { parser as javascript } from "@lezer/javascript";
import { parser as python } from "@lezer/python";
import { once } from "./once.ts";
import type { SourceFile } from "./source-file.ts";

const scripts = {
	typescript: javascript.configure({ dialect: "ts" }),
	tsx: javascript.configure({ dialect: "ts jsx" }),
	jsx: javascript.configure({ dialect: "jsx" }),
};

/** The grammar's tree of a file of Python. */
export const pythonSyntax = once((file: SourceFile) => python.parse(file.text));

/** A node of either tree. */
export type SyntaxNode = ReturnType<ReturnType<typeof pythonSyntax>["resolve"]>;

/** The grammar's tree of a file of JavaScript or TypeScript. */
export const scriptSyntax = once(({ path, text }: SourceFile) => {
	const [, ending] = /\.[cm]?(tsx?)$/.exec(path) ?? [];
	return (ending === undefined ? scripts.jsx : ending === "ts" ? scripts.typescript : scripts.tsx).parse(text);
});
