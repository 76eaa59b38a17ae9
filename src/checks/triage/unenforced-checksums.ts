import { plainCommands, shellTexts, type ShellText } from "../shell/everywhere.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS128",
	scope: "static",
	severity: "error",
	question: "Does a wrong checksum stop what wants the file?",
	why: "A damaged or foreign file is told of in a log that nobody reads, and used all the same.",
	example: '`if ! sha256sum -c "$file.sha256"; then echo "checksum mismatch" >&2; fi`: add `exit 1` before `fi`.',
	run(tree) {
		const texts = shellTexts(tree).filter(({ text }) => SUM.test(text));
		const files = tree
			.in("powershell", "python", "javascript")
			.filter((file) => file.has(SUM) && !isAside(file.path) && !isTest(file.path));
		return {
			looked: `${texts.length + files.length} files with checksums`,
			findings: [...texts.flatMap((one) => [...byBranch(one), ...byOr(one)]), ...files.flatMap(inProgram)],
		};
	},
} satisfies StaticCheck;

const SUM = /sha(?:256|512|1)|md5|checksum|digest|Get-FileHash/i;
const CHECKS = /\b(?:sha(?:1|256|512)sum|md5sum|shasum|b2sum)\b[^\n]*\s(?:-c\b|--check\b|-\w*c\b)/;

/** Functions of the script that only check a sum. */
const checkers = (text: string): string[] =>
	[...text.matchAll(/^[ \t]*(?:function[ \t]+)?([\w-]+)[ \t]*(?:\(\))?[ \t]*\{([^}]{0,400})\}/gm)].flatMap(
		([, name, body]) => (CHECKS.test(body!) && !/\bexit\b|\bif\b/.test(body!) ? [name!] : []),
	);

const LEAVES =
	/\b(?:exit|return|continue|break|die|fail|fatal|abort|false|kill|throw|rm|unlink|mv|curl|wget|retry|trap|raise)\b|\$\{?\w+:\?|\w+=|\(\(|>>?[ \t]*"?\$|\bfunction\b/;

/** `if ! check; then echo …; fi` and `if [ "$have" != "$want" ]; then echo …; fi`. */
function byBranch(script: ShellText): Found[] {
	const { text } = script;
	const functions = checkers(text);
	const called = functions.length === 0 ? "(?!)" : `\\b(?:${functions.map((one) => RegExp.escape(one)).join("|")})\\b`;
	return [
		...text.matchAll(/^[ \t]*if[ \t]+([^\n]+?)[ \t]*;?[ \t]*\n?[ \t]*then\b([^]{0,600}?)[ \t;]*\bfi\b/gm),
	].flatMap(({ 1: condition, 2: body, index }): Found[] => {
		const negated = condition!.startsWith("!");
		const command = CHECKS.test(condition!) || new RegExp(called).test(condition!);
		const compared = /\[\[?[ \t]+["']?\$\{?\w+[^\]]*!=[ \t]+["']?\$\{?\w+/.test(condition!);
		const sums = compared && isSum(text, condition!) && WRONG_SUM.test(body!);
		const branch = body!.split(/\belse\b/)[0]!;
		const above = text.slice(0, index).trimEnd().split("\n").at(-1) ?? "";
		const asked = /\$\?/.test(condition!) && /-ne[ \t]+0|!=[ \t]*0/.test(condition!) && CHECKS.test(`${above} `);
		if (!(command && negated) && !sums && !asked) return [];
		if (
			LEAVES.test(withoutText(branch)) ||
			/\belif\b/.test(body!) ||
			body!.includes("else") ||
			!/\b(?:echo|printf|log\w*|warn\w*|logger)\b/.test(branch)
		)
			return [];
		if (
			!plainCommands(script).some(
				({ words }) => words[0]!.start > index && words[0]!.start < index + condition!.length + 20,
			)
		)
			return [];
		// Nothing that follows would notice either.
		return [found(script.file.path, script.place(index + text.slice(index).search(/\S/)))];
	});
}

const WRONG_SUM = /mismatch|checksum|corrupt|damag|verif|integrity|sha\d|hash|digest|wrong/i;

/** Whether a test names a sum, or a variable that holds one. */
const isSum = (text: string, test: string): boolean =>
	[...test.matchAll(/\$\{?(\w+)/g)].some(
		([, name]) =>
			/sha|sum|hash|digest|md5|etag/i.test(name!) ||
			new RegExp(`(?<![\\w$])${name!}=[^\\n]*\\b(?:sha\\d*sum|md5sum|shasum|b2sum|openssl dgst)\\b`).test(text),
	);

/** `sha256sum -c x || echo …` */
function byOr(script: ShellText): Found[] {
	const commands = plainCommands(script);
	const functions = new Set(checkers(script.text));
	return commands.flatMap((command, index): Found[] => {
		const own = script.text.slice(command.words[0]!.start, command.words.at(-1)!.end);
		const [next, after] = commands.slice(index + 1);
		const compares =
			/^\[\[?[ \t][^\n]*[ \t]==?[ \t]/.test(own) &&
			isSum(script.text, own) &&
			WRONG_SUM.test(next?.words.map(({ text }) => text).join(" ") ?? "");
		if (!CHECKS.test(`${own} `) && !functions.has(command.words[0]!.text) && !compares) return [];
		const harmless = next?.before === "||" && /^(?:echo|printf|true|:|logger|warn|log)$/.test(next.words[0]!.text);
		const goesOn = after === undefined || !["&&", "||", "|"].includes(after.before);
		const braces = script.text.slice(command.words.at(-1)!.end, next?.words[0]?.start).includes("{");
		return harmless && goesOn && !braces ? [found(script.file.path, script.place(command.words[0]!.start))] : [];
	});
}

const withoutText = (text: string): string => text.replaceAll(/"(?:[^"\\]|\\.)*"|'[^']*'|(?<=\s)#[^\n]*|>&2/g, "");

const found = (path: string, place: Found["evidence"][0]): Found => ({
	message: `${path} tells of a wrong checksum, and goes on with the file`,
	evidence: [place],
	fix: { say: "remove the file and end with an error there (exit 1, throw, raise)" },
});

const SUMS = /(?:sha\d*|sum|hash|digest|md5|checksum)/.source;
const COMPARED: Readonly<Record<string, RegExp>> = {
	python: new RegExp(
		`^([ \\t]*)if[ \\t]+(?:not[ \\t]+hmac\\.compare_digest\\([^\\n]*|[\\w.()\\[\\]"']*${SUMS}[\\w.()\\[\\]"']*[ \\t]*!=[ \\t]*[\\w.()\\[\\]"']+)[ \\t]*:[ \\t]*(?:#[^\\n]*)?\\r?\\n((?:\\1[ \\t]+[^\\n]*\\n?|[ \\t]*\\r?\\n)+)(?!\\1(?:else|elif))`,
		"gim",
	),
	javascript: new RegExp(
		`^([ \\t]*)if[ \\t]*\\([\\w.()\\[\\]"']*${SUMS}[\\w.()\\[\\]"']*[ \\t]*!==?[ \\t]*[\\w.()\\[\\]"']+\\)[ \\t]*(?:\\{((?:[^{}]|\\$\\{[^{}]*\\})*)\\}(?![ \\t]*else)|([^{\\n]+)$)`,
		"gim",
	),
	powershell: new RegExp(
		`^([ \\t]*)if[ \\t]*\\([^\\n]*${SUMS}[^\\n]*[ \\t]-[ci]?ne[ \\t][^\\n]*\\)[ \\t]*\\r?\\n?[ \\t]*\\{([^{}]*)\\}(?!\\s*else)`,
		"gim",
	),
};
const TELLS: Readonly<Record<string, RegExp>> = {
	python:
		/^\s*(?:(?:print|_?log(?:ger|ging)?\.\w+|warnings\.warn|click\.echo|sys\.std\w+\.write)\([^\n]*(?:\n\s*|$))+$/i,
	javascript: /^\s*(?:(?:console|log(?:ger)?|this\.log(?:ger)?)(?:\.\w+)?\((?:[^()]|\([^()]*\))*\);?\s*)+$/i,
	powershell: /^\s*(?:Write-(?:Host|Warning|Output|Verbose|Information|\w*Log)\b[^\n]*(?:\n\s*|$))+$/i,
};
const WRONG = /mismatch|corrupt|damag|invalid|wrong|does ?n[o']t match|differ|fail|bad|unexpected/i;

const inProgram = (file: SourceFile): Found[] =>
	file.matches(COMPARED[file.language]!).flatMap(({ 0: all, 2: block, 3: single, index }): Found[] => {
		const body = (block ?? single ?? "").replaceAll(/^\s*(?:#|\/\/)[^\n]*$/gm, "");
		const at = index + all.search(/\S/);
		return !TELLS[file.language]!.test(body) || !WRONG.test(body) || isComment(file, at)
			? []
			: [found(file.path, file.placeAt(at))];
	});
