import { durationsIn, SECONDS, unitOfName, type Unit } from "../data/durations.ts";
import { editOf } from "../facts/found.ts";
import { mistakenIn, type Mistaken } from "../facts/option-durations.ts";
import { isComment } from "../tree/tokens.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { plainCommands, shellTexts, type ShellText } from "../shell/everywhere.ts";
import { namesBehind } from "../shell/variables.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS123",
	scope: "static",
	severity: "error",
	question: "Does every wait, timeout and age of a script count in the unit of its value?",
	why: "500 milliseconds that are slept as seconds are eight minutes; hours that are taken for days keep everything.",
	example: "`Start-Sleep -Seconds $IntervalMs`: write -Milliseconds.",
	run(tree) {
		const texts = shellTexts(tree);
		const files = tree.in("powershell").filter(({ path }) => !isAside(path) && !isTest(path));
		return {
			looked: `${texts.length + files.length} scripts, steps and recipes`,
			findings: [
				...texts.flatMap(inShell),
				...files.flatMap(inPowerShell),
				...[...tree.in("shell"), ...files].flatMap(besideComment),
				...mistakenIn(tree).map(forOption),
			],
		};
	},
} satisfies StaticCheck;

const forOption = ({ program, at, option, unit, usual, file, line, value, other }: Mistaken): Found => {
	const meant = other === "milliseconds" ? Number(value) / 1000 : Number(value) * 1000;
	return {
		message: `${file.path} gives ${program.path} ${option} ${value}, which counts ${unit}: its default is ${usual}`,
		evidence: [file.place(line), program.placeAt(at)],
		fix: {
			say: `write ${option} ${meant}, if ${value} ${other} are meant`,
			...editOf(file, line, value, String(meant)),
		},
	};
};

const LITERAL =
	/^[^#\n]*\b(?:sleep[ \t]+(\d+(?:\.\d+)?)([smh]?)|Start-Sleep[ \t]+(?:-s(?:ec(?:onds)?)?[ \t]+)?(\d+)|Start-Sleep[ \t]+-m(?:s|illiseconds)?[ \t]+(\d+))[ \t;]*#([^\n]*)$/gim;

/** `sleep 300 # 5 seconds` */
const besideComment = (file: SourceFile): Found[] =>
	isAside(file.path) || !file.has(/sleep/i)
		? []
		: file
				.matches(LITERAL)
				.flatMap(({ 0: all, 1: plain, 2: suffix, 3: seconds, 4: ms, 5: comment, index }): Found[] => {
					const [told, ...more] = durationsIn(comment!);
					const waits =
						ms === undefined
							? Number(plain ?? seconds) * SECONDS[SUFFIXES[suffix ?? ""] ?? "second"]
							: Number(ms) / 1000;
					if (
						told === undefined ||
						more.length > 0 ||
						Math.abs(waits - told.seconds) <= told.seconds * 0.1 ||
						/total|up to|max|every|each|timeout|per\b/i.test(comment!)
					)
						return [];
					return [
						{
							message: `${file.path} waits for ${waits} seconds, and its comment says ${told.value} ${told.unit}s`,
							evidence: [file.placeAt(index + all.search(/\S/))],
							fix: { say: "write the one that is meant on both sides" },
						},
					];
				});

const SUFFIXES: Readonly<Record<string, Unit>> = { s: "second", m: "minute", h: "hour", d: "day" };
/** Options whose value is seconds. */
const TIMED: Readonly<Record<string, RegExp>> = {
	sleep: /^$/,
	timeout: /^(?:-k|--kill-after)$/,
	curl: /^(?:-m|--max-time|--connect-timeout|--retry-delay|--retry-max-time)$/,
	wget: /^(?:-T|--timeout|-w|--wait)$/,
	ssh: /^$/,
};

function inShell(script: ShellText): Found[] {
	if (!/\b(?:sleep|timeout|curl|wget)\b/.test(script.text)) return [];
	return plainCommands(script).flatMap(({ words }) => {
		const at = words.findIndex(({ text }) => !/^(?:\w+=|sudo$|exec$|then$)/.test(text));
		const name = words[at]?.text ?? "";
		if (!Object.hasOwn(TIMED, name)) return [];
		const rest = words.slice(at + 1);
		const first = name === "sleep" || name === "timeout" ? rest.findIndex(({ text }) => !text.startsWith("-")) : -1;
		return rest.flatMap((word, index): Found[] => {
			const isTime = index === first || (index > 0 && TIMED[name]!.test(rest[index - 1]!.text));
			const [, variable, suffix] = /^\$\{?([A-Za-z_]\w*)(?::?-[\d.]+)?\}?([smhd]?)$/.exec(word.text) ?? [];
			if (!isTime || variable === undefined) return [];
			const own = namesBehind(script.text, variable).flatMap((one) => unitOfName(one) ?? [])[0];
			const taken = SUFFIXES[suffix ?? ""] ?? "second";
			return own === undefined || own === taken
				? []
				: [found(script.file, script.place(word.start), { name: `$${variable}`, by: name, own, taken })];
		});
	});
}

const TAKES: readonly (readonly [RegExp, Unit])[] = [
	[/\bStart-Sleep[ \t]+(?:-s(?:ec(?:onds)?)?[ \t]+)?(?=[($])/gi, "second"],
	[/\bStart-Sleep[ \t]+-m(?:s|illiseconds)?[ \t]+(?=[($])/gi, "millisecond"],
	[
		/[ \t]-(?:TimeoutSec|ConnectionTimeoutSeconds|OperationTimeoutSeconds|RetryIntervalSec|MaximumRetryIntervalSec|DelaySec)[ \t:]+(?=[($])/gi,
		"second",
	],
	[/\bWait-Process\b[^\n|]*-Timeout[ \t]+(?=[($])/gi, "second"],
	[/\.AddMilliseconds\([ \t]*-?[ \t]*(?=[($])/gi, "millisecond"],
	[/\.AddSeconds\([ \t]*-?[ \t]*(?=[($])/gi, "second"],
	[/\.AddMinutes\([ \t]*-?[ \t]*(?=[($])/gi, "minute"],
	[/\.AddHours\([ \t]*-?[ \t]*(?=[($])/gi, "hour"],
	[/\.AddDays\([ \t]*-?[ \t]*(?=[($])/gi, "day"],
	[/\bNew-TimeSpan\b[^\n|)]*-Days[ \t]+(?=[($])|\[TimeSpan\]::FromDays\([ \t]*(?=[($])/gi, "day"],
	[/\bNew-TimeSpan\b[^\n|)]*-Hours[ \t]+(?=[($])|\[TimeSpan\]::FromHours\([ \t]*(?=[($])/gi, "hour"],
	[/\bNew-TimeSpan\b[^\n|)]*-Minutes[ \t]+(?=[($])|\[TimeSpan\]::FromMinutes\([ \t]*(?=[($])/gi, "minute"],
	[/\bNew-TimeSpan\b[^\n|)]*-Seconds[ \t]+(?=[($])|\[TimeSpan\]::FromSeconds\([ \t]*(?=[($])/gi, "second"],
	[
		/\[TimeSpan\]::FromMilliseconds\([ \t]*(?=[($])|\.WaitForExit\([ \t]*(?=[($])|\.Wait\([ \t]*(?=[($])/gi,
		"millisecond",
	],
];

function inPowerShell(file: SourceFile): Found[] {
	return TAKES.flatMap(([pattern, taken]) =>
		file.matches(pattern).flatMap(({ 0: all, index }): Found[] => {
			const at = index + all.length;
			const expression = /^\$(?:\w+:)?([\w.]+)(?=[\s);|,}]|$)/.exec(file.text.slice(at, at + 120));
			const rest = file.text.slice(at + (expression?.[0].length ?? 0), at + 160).trimStart();
			const name = expression?.[1]?.split(".").at(-1);
			const own = name === undefined ? undefined : unitOfName(name);
			if (own === undefined || own === taken || /^[*/%]/.test(rest) || isComment(file, index)) return [];
			const by = /Start-Sleep|-\w+(?=[ \t:]+$)|Add\w+|From\w+|WaitForExit|Wait/i.exec(all)?.[0] ?? all.trim();
			return [found(file, file.placeAt(at), { name: expression![0], by, own, taken })];
		}),
	);
}

function found(
	file: SourceFile,
	place: Found["evidence"][0],
	{ name, by, own, taken }: { name: string; by: string; own: Unit; taken: Unit },
): Found {
	const factor = SECONDS[own] / SECONDS[taken];
	return {
		message: `${file.path} gives ${by} ${name}, which is in ${own}s by its name, and it is taken for ${taken}s`,
		evidence: [place],
		fix: {
			say:
				factor >= 1
					? `multiply it by ${factor}, or name it for ${taken}s`
					: `divide it by ${Math.round(1 / factor)}, or take the ${own}s that ${by.startsWith("Start-Sleep") ? "Start-Sleep -Milliseconds" : "another unit"} counts`,
		},
	};
}
