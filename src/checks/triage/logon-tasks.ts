import { standingOf } from "../facts/standing.ts";
import { isAside } from "../tree/aside.ts";
import { isComment } from "../tree/tokens.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

const LOGON = /\bNew-ScheduledTaskTrigger\b[^\n]*-AtLog[oO]n\b|\bschtasks\b[^\n]*\/sc\s+onlogon\b|<LogonTrigger>/gi;
const STARTUP = /-AtStartup\b|\/sc\s+onstart\b|<BootTrigger>/i;
/** A document says that it comes back by itself. */
const PROMISE =
	/\b(?:after|survives?|at|on|upon)\s+(?:a|an|the|every|each)?\s*(?:unattended\s+)?(?:(?:system|machine|computer|host|server|windows)[ -])?(?:reboots?|boot|start(?:[ -]?up)?|restart(?: of the (?:host|machine|server|computer))?|power (?:loss|failure|cut|outage))\b|\b(?:starts?|runs?|comes? up) with the (?:system|machine|host|computer|server)\b|\bAtStartup\b/i;
const ALONE =
	/\bwithout\b[^.]*\b(?:log(?:s|ged|ging)?[ -]?(?:in|on)|login|logon|sign)|\b(?:automatic(?:ally)?|unattended|by (?:itself|themselves)|come (?:up|back)|comes? (?:up|back)|starts?|boot|system start)\b/i;

export default {
	code: "TS382",
	scope: "static",
	severity: "warning",
	question: "Does a task that must run after a reboot start without somebody who logs in?",
	why: "After a reboot in the night nothing runs until somebody signs in to the machine, and the scheduler reports no error.",
	example:
		"`New-ScheduledTaskTrigger -AtLogOn` and the runbook says that it comes up after a reboot: write -AtStartup.",
	run(tree) {
		const files = tree.files.filter(
			(file) => standingOf(file.path) === "live" && !isAside(file.path) && file.has(/AtLogon|onlogon|LogonTrigger/i),
		);
		const findings = files
			.filter((file) => !file.has(STARTUP) || file.has(/-Script|-File|-Execute/i))
			.flatMap((file) => inFile(tree, file));
		return { looked: `${files.length} files with tasks`, findings };
	},
} satisfies StaticCheck;

function inFile(tree: Tree, file: SourceFile): Found[] {
	if (logsOnAlone(tree)) return [];
	return file.matches(LOGON).flatMap(({ index, 0: all }): Found[] => {
		const promised = isComment(file, index) ? undefined : promiseOf(tree, file, file.placeAt(index).text);
		if (promised === undefined) return [];
		return [
			{
				message: `${file.path} starts a task when somebody logs in, and ${promised.path} says that it starts after a reboot`,
				evidence: [file.placeAt(index + all.length - 1), promised],
				fix: { say: "let it start with the machine (-AtStartup), as an account that needs no session" },
			},
		];
	});
}

/** The promise for the script that the line of the trigger names, or else for all tasks of a file that has no other start. */
function promiseOf(tree: Tree, file: SourceFile, line: string): FilePlace | undefined {
	const script = /([\w-]+\.(?:ps1|cmd|bat|exe|py))\b/i.exec(line)?.[1];
	const own =
		script === undefined ? undefined : saidIn(tree, (text) => text.toLowerCase().includes(script.toLowerCase()));
	return own ?? (file.has(STARTUP) ? undefined : saidIn(tree, (text) => ALONE.test(text)));
}

function saidIn(tree: Tree, fits: (text: string) => boolean): FilePlace | undefined {
	for (const file of tree.in("markdown")) {
		if (standingOf(file.path) !== "docs") continue;
		const line = file.lines.findIndex(
			(text) =>
				PROMISE.test(text) &&
				fits(text) &&
				!/\bnot\b|\bonly (?:after|when)\b|log(?:s|ged)? (?:in|on) (?:first|once)|\bat log ?[oi]n\b/i.test(text),
		);
		if (line !== -1) return file.place(line + 1);
	}
	return undefined;
}

/** The machine logs its account on by itself: a start at logon is one after a reboot. */
const logsOnAlone = (tree: Tree): boolean =>
	tree.files.some(
		(file) =>
			/^(?:live|docs)$/.test(standingOf(file.path)) &&
			file.has(AUTOLOGON) &&
			file.lines.some((text) => AUTOLOGON.test(text) && !/\b(?:not?|never)\b|n't\b/i.test(text)),
	);

const AUTOLOGON =
	/\bauto(?:matic(?:ally)?)?[- ]?(?:admin)?[- ]?(?:log|sign)(?:s|ged)?[- ]?[oi]n\b|\b(?:log|sign)(?:s|ged)? (?:itself )?[oi]n (?:by (?:itself|themselves)|automatically|without (?:a )?(?:password|person))\b/i;
