import { posix } from "node:path";
import { durationsIn, SECONDS, unitOfName, type Unit } from "../data/durations.ts";
import { plainCommands, shellTexts, type ShellText } from "../shell/everywhere.ts";
import { namesBehind } from "../shell/variables.ts";
import type { Command } from "../shell/script.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS122",
	scope: "static",
	severity: "error",
	question: "Does `find` remove the files of the age that is meant?",
	why: "-mtime counts days and -mmin minutes, `-14` means younger and `+14` older: with the wrong one the new backups are removed, or the old ones never.",
	example: '`find "$dir" -mtime "-$keep" -delete` and it shall keep 14 days: write `-mtime "+$keep"`.',
	run(tree) {
		const texts = shellTexts(tree).filter(({ text }) => /\bfind\b[^]*-[mca](?:time|min)\b/.test(text));
		return {
			looked: `${texts.length} scripts that look for files by their age`,
			findings: texts.flatMap((one) => inText(tree, one)),
		};
	},
} satisfies StaticCheck;

const REMOVES = /^(?:rm|unlink|shred)$/;

interface Age {
	test: string;
	unit: Unit;
	sign: string;
	/** A number, or the name of a variable. */
	value: string;
	negated: boolean;
	at: number;
	script: ShellText;
}

function inText(tree: Tree, script: ShellText): Found[] {
	const commands = plainCommands(script);
	return commands.flatMap((command, index) =>
		removes(command, commands[index + 1])
			? agesIn(script, command).flatMap((age) => signFault(tree, age) ?? unitFault(tree, age) ?? [])
			: [],
	);
}

function removes({ words }: Command, next: Command | undefined): boolean {
	const texts = words.map(({ text }) => text);
	const at = texts.findIndex((text) => /(?:^|\/)find$/.test(text));
	if (at === -1 || at > 3) return false;
	const exec = texts.findIndex((text) => /^-(?:exec|execdir|ok)$/.test(text));
	const [first, second] = [next?.words[0]?.text, next?.words.map(({ text }) => text)];
	return (
		texts.includes("-delete") ||
		REMOVES.test(texts[exec + 1] ?? "") ||
		(next?.before === "|" && first === "xargs" && second!.some((one) => REMOVES.test(one)))
	);
}

const agesIn = (script: ShellText, { words }: Command): Age[] =>
	words.flatMap((word, index): Age[] => {
		const [, kind] = /^-[mca](time|min)$/.exec(word.text) ?? [];
		const [, sign, value] = /^([-+]?)(?:\$\{?([A-Za-z_]\w*)[^}]*\}?|\d+)$/.exec(words[index + 1]?.text ?? "") ?? [];
		if (kind === undefined || sign === undefined) return [];
		const negated = /^(?:!|-not)$/.test(words[index - 1]?.text ?? "");
		return [
			{
				...{ test: word.text, unit: kind === "time" ? "day" : "minute", sign, negated, at: word.start, script },
				value: value ?? words[index + 1]!.text.replace(sign, ""),
			},
		];
	});

const KEEPS =
	/keep|kept|retain|retention|older|max_?age|\bttl\b|ttl_|_ttl|expire|stale|prune|obsolete|clean ?up|rotat/i;
const NEW = /\b(?:newer|younger|recent(?:ly)?|fresh|within|just (?:made|created)|created in)\b/i;

/** The line of the script that says what shall be kept: a comment, or a document. */
function toldBy(tree: Tree, { script, at }: Age, pattern: RegExp): FilePlace | undefined {
	const own = script.file.lines.findIndex((line) => /^\s*(?:#|echo\b)/.test(line) && pattern.test(line));
	if (own !== -1) return script.file.place(own + 1);
	const name = posix.basename(script.file.path);
	if (script.kind !== "script" || name.length < 5) return undefined;
	for (const file of tree.in("markdown", "yaml", "text")) {
		if (!file.text.includes(name)) continue;
		const line = file.lines.findIndex(
			(text, index) => text.includes(name) && pattern.test(`${text} ${file.lines[index + 1] ?? ""}`),
		);
		if (line !== -1) return file.place(pattern.test(file.lines[line]!) ? line + 1 : line + 2);
	}
	return at < 0 ? script.place(0) : undefined;
}

/** Removes the young ones, or those of one day. */
function signFault(tree: Tree, age: Age): Found | undefined {
	const { script, sign, negated, test, value, at } = age;
	if ((sign === "+") !== negated && sign !== "") return undefined;
	const line = script.place(at);
	if (sign === "" && (value === "0" || negated)) return undefined;
	const told = toldBy(
		tree,
		age,
		/older than|\bke(?:eps?|pt)\b|retention|retain|more than \d+ (?:day|hour|minute)|expire|\bttl\b|archives? (?:of|after)/i,
	);
	const named = /^\d+$/.test(value) ? false : namesBehind(script.text, value).some((one) => KEEPS.test(one));
	const near = script.text.slice(Math.max(0, at - 300), at + 120);
	if ((told === undefined && !named) || NEW.test(near.match(/#[^\n]*|echo [^\n]*/g)?.join("\n") ?? ""))
		return undefined;
	const shown = /^\d+$/.test(value) ? value : `$${value}`;
	return {
		message: `${script.file.path} removes by \`${test} ${sign}${shown}\` what is ${sign === "" ? `exactly ${shown} ${age.unit}s old, and nothing older` : `younger than ${shown} ${age.unit}s`}, and it shall remove what is older`,
		evidence: [line, ...(told === undefined ? [] : [told])],
		fix: { say: negated ? `take the \`!\` away or write ${test} -${shown}` : `write ${test} "+${shown}"` },
	};
}

function unitFault(tree: Tree, age: Age): Found | undefined {
	const { script, value, unit, test, at } = age;
	if (!/^\d+$/.test(value)) {
		const name = namesBehind(script.text, value).find((one) => unitOfName(one) !== undefined);
		const own = name === undefined ? undefined : unitOfName(name);
		if (name === undefined || own === undefined || own === unit || isComputed(script.text, value)) return undefined;
		return unitFound(age, `and ${name} is in ${own}s`, own, [
			script.place(at),
			script.place(Math.max(0, script.text.indexOf(name))),
		]);
	}
	const told = toldBy(
		tree,
		age,
		new RegExp(`\\b${value}[ -]?(?:${unit === "day" ? "minutes?|hours?" : "hours?|days?|weeks?"})\\b`, "i"),
	);
	const other = durationsIn(told?.text ?? "").find((one) => one.value === Number(value) && one.unit !== unit);
	if (told === undefined || other === undefined || Number(value) < 1) return nearFault(age, test);
	return unitFound(age, `and ${value} ${other.unit}s are meant`, other.unit, [script.place(at), told]);
}

/** Another number than the one that the comment above names. */
function nearFault(age: Age, test: string): Found | undefined {
	const { script, value, unit, at } = age;
	const line = script.place(at).line;
	const above = [line - 2, line - 1]
		.map((index) => ({ index, text: script.file.lines[index - 1] ?? "" }))
		.filter(({ text }) => /^\s*#/.test(text) && /older|keep|retain|retention|after/i.test(text));
	const told = above.flatMap(({ index, text }) => durationsIn(text).map((one) => ({ ...one, index })));
	const [one] = told;
	if (told.length !== 1 || one === undefined) return undefined;
	const seconds = Number(value) * SECONDS[unit];
	if (Math.abs(seconds - one.seconds) <= Math.max(SECONDS[unit], one.seconds * 0.1)) return undefined;
	return {
		message: `${script.file.path} removes by \`${test} ${age.sign}${value}\`, and the comment above it says ${one.value} ${one.unit}s`,
		evidence: [script.place(at), script.file.place(one.index)],
		fix: { say: `write ${test} +${Math.round(one.seconds / SECONDS[unit])}, or correct the comment` },
	};
}

const isComputed = (text: string, name: string): boolean => new RegExp(`(?<![\\w$])${name}=["']?\\$\\(\\(`).test(text);

function unitFound(
	{ script, test, unit, value }: Age,
	why: string,
	own: Unit,
	evidence: readonly [FilePlace, FilePlace],
): Found {
	const factor = SECONDS[own] / SECONDS[unit];
	const shown = /^\d+$/.test(value) ? value : `$${value}`;
	const say =
		factor >= 1
			? `multiply it: ${test} "+$(( ${shown} * ${factor} ))"`
			: own === "hour" || own === "minute"
				? `write -mmin ${own === "hour" ? `"+$(( ${shown} * 60 ))"` : `"+${shown}"`} for ${test}`
				: `write the age in ${unit}s`;
	return {
		message: `${script.file.path} takes \`${test} ${shown}\` for the age, which counts ${unit}s, ${why}`,
		evidence,
		fix: { say },
	};
}
