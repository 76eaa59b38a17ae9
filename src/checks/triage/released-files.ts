import { posix } from "node:path";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const UPLOADS = /\bgh[ \t]+release[ \t]+(?:create|upload)\b((?:[^\n\\;&|]|\\\r?\n)*)/g;
/** Tools that fill such a folder by themselves. */
const TOOLS =
	/(?:^|\/)(?:package\.json|pyproject\.toml|setup\.py|CMakeLists\.txt|meson\.build|build\.gradle(?:\.kts)?|pom\.xml|Cargo\.toml|\.?goreleaser[^/]*|mkdocs\.yml)$/;

export default {
	code: "TS383",
	scope: "static",
	severity: "error",
	question: "Does something write each file that a release uploads?",
	why: "The tag is pushed, the build runs, and the last step stops: `no matches found`; the release stays without its files.",
	example: "`gh release create … build/checksums.txt` and the script writes dist/checksums.txt: write that path.",
	run(tree) {
		const files = tree.files.filter((file) => isScript(file) && file.has(/\bgh[ \t]+release\b/));
		return { looked: `${files.length} files that release`, findings: files.flatMap((file) => inFile(tree, file)) };
	},
} satisfies StaticCheck;

const isScript = ({ path, language, text }: SourceFile): boolean =>
	(/^(?:shell|yaml|powershell)$/.test(language) || /(?:^|\/)(?:Makefile|justfile)$|\.mk$/.test(path)) &&
	text.length < 400_000 &&
	standingOf(path) === "live" &&
	!isAside(path);

function inFile(tree: Tree, file: SourceFile): Found[] {
	return file.matches(UPLOADS).flatMap(({ 0: all, 1: rest, index }): Found[] => {
		if (isComment(file, index)) return [];
		return [...rest!.matchAll(/(?<=[\s"'])(?:\.\/)?((?:[\w.-]+\/)+[\w.-]+\.[A-Za-z]\w*)(?=[\s"'#]|$)/g)].flatMap(
			({ 1: path, index: at }): Found[] => {
				const [folder, base] = [posix.dirname(path!), posix.basename(path!)];
				const top = folder.split("/")[0]!;
				if (
					tree.has(path!) ||
					tree.has(top) ||
					tree.paths.some((one) => TOOLS.test(one)) ||
					/^(?:\.\.|artifacts?|downloads?)/.test(top)
				)
					return [];
				const scripts = tree.files.filter(isScript);
				const start = index + all.length - rest!.length + at;
				const whole = (one: SourceFile) =>
					one === file ? one.text.slice(0, start) + one.text.slice(start + path!.length) : one.text;
				if (
					scripts.some(
						(one) =>
							new RegExp(`(?<![\\w.-])${RegExp.escape(top)}(?![\\w-])(?=/|["'\\s]|$)`, "m").test(whole(one)) &&
							writesInto(whole(one), top),
					)
				)
					return [];
				const other = scripts.flatMap((one) => {
					const found = new RegExp(
						`>\\s*["']?(?:[\\w./-]*/)?${RegExp.escape(base)}|-o\\s+["']?(?:[\\w./-]*/)?${RegExp.escape(base)}`,
					).exec(whole(one));
					return found === null || one === file ? [] : [one.placeAt(found.index)];
				})[0];
				if (other === undefined) return [];
				return [
					{
						message: `${file.path} uploads ${path!}, and nothing of the tree writes into ${folder}; ${other.path} writes ${base}`,
						evidence: [placeIn(file, file.lineAt(start)), other],
						fix: { say: `name the folder into which ${other.path} writes it` },
					},
				];
			},
		);
	});
}

const writesInto = (text: string, top: string): boolean =>
	new RegExp(
		`(?:>{1,2}|-o|--out\\S*|-d|-C|\\bmkdir\\b[^\\n]*|\\bcp\\b[^\\n]*|\\bmv\\b[^\\n]*|\\bcd\\b|path:|\\binstall\\b[^\\n]*)[ \\t=]*["']?(?:\\./|\\$\\w+/)?${RegExp.escape(top)}(?![\\w.-])`,
	).test(text);
