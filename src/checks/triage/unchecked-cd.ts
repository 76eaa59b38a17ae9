import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** `cd "$DIR"` as the whole of a line. */
const GOES = /^[ \t]*(?:cd|pushd)[ \t]+["']?([^\n;&|#"']*[^\n;&|#"'\s])["']?[ \t]*(?:#.*)?$/;
const REMOVES =
	/^[ \t]*(?:sudo[ \t]+)?(?:rm[ \t]+(?:-\S+[ \t]+)*-\w*[rR]\w*[ \t]+(?:-\S+[ \t]+)*(?:["']?(?![\w"']*[/$~])(?:\.\/)?[\w.*?-]+|\.\/\*)|find[ \t]+\.[ \t][^\n]*-delete|git[ \t]+clean[ \t]+-\w*f)/;
const STOPS = /^#!.*\s-\w*e|^[ \t]*set[ \t]+(?:-\w*e\w*\b|-o[ \t]+errexit)|^[ \t]*set[ \t]+-\w+[ \t]+-\w*e/m;
const NEAR = 4;

export default {
	code: "TS249",
	scope: "static",
	severity: "error",
	question: "Does a script stop when it cannot go to the folder in which it removes files?",
	why: "Where the folder is not there, the script stays where it was and removes what lies there.",
	example: '`cd "$RELEASES"` and then `rm -rf ./*`, without `set -e`: write `cd "$RELEASES" || exit 1`.',
	run(tree) {
		const files = tree.in("shell").filter(({ path }) => !isAside(path));
		return { looked: `${files.length} shell scripts`, findings: files.flatMap(inFile) };
	},
} satisfies StaticCheck;

function inFile(file: SourceFile): Found[] {
	if (!file.has(/\b(?:cd|pushd)\b/) || !file.has(/\brm\b|-delete|git clean/)) return [];
	const stops = STOPS.exec(file.text);
	return file.lines.flatMap((text, index): Found[] => {
		const folder = GOES.exec(text)?.[1];
		const start = file.startOf(index + 1);
		if (
			folder === undefined ||
			folder === "-" ||
			folder === ".." ||
			(stops !== null && stops.index < start) ||
			isComment(file, start) ||
			isHere(file, folder)
		)
			return [];
		const after = file.lines.slice(index + 1, index + 1 + NEAR);
		const end = after.findIndex((one) => GOES.test(one) || /^\}|^\s*fi\b|\$\?|\bpwd\b/i.test(one));
		const at = (end === -1 ? after : after.slice(0, end)).findIndex((one) => REMOVES.test(one));
		if (at === -1) return [];
		return [
			{
				message: `${file.path} removes files after \`cd ${folder}\`, also when that folder is not there`,
				evidence: [file.place(index + 1), file.place(index + 2 + at)],
				fix: {
					say: `write \`${text.trim()} || exit 1\``,
					edit: { path: file.path, line: index + 1, before: text, after: `${text.trimEnd()} || exit 1` },
				},
			},
		];
	});
}

/** A variable that the script has from the folder in which it was, or from one that it made. */
function isHere(file: SourceFile, folder: string): boolean {
	const name = /^\$\{?(\w+)\}?/.exec(folder)?.[1];
	return (
		name !== undefined &&
		new RegExp(`\\b${name}=["']?(?:\\$\\(|\`)[^\\n]*(?:pwd|mktemp|dirname|rev-parse)`, "i").test(file.text)
	);
}
