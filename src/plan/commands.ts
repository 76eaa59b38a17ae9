import { codeSpans, piecesOf } from "./inline.ts";

/** Programs that people name in a validation. */
const PROGRAMS =
	/^(?:sudo\s+)?(?:rg|grep|egrep|bash|sh|zsh|docker|docker-compose|supervisorctl|systemctl|curl|wget|ssh|scp|rsync|python3?|pip3?|temporal(?:\.exe)?|tail|head|cat|ls|ss|netstat|ps|pkill|kill|killall|taskkill|nc|ping|dig|npm|npx|node|git|gh|make|pytest|ruff|mypy|test|stat|nvidia-smi|ffmpeg|yt-dlp|mc|aws|psql|redis-cli|nginx|powershell(?:\.exe)?|pwsh|cmd(?:\.exe)?|cres|vastai|find|sed|awk|jq|env|export|echo|timeout|rm|mv|cp|mkdir|chmod|journalctl|crontab|pgrep|lsof|openssl)(?=\s|$)/;
const CMDLET = /^(?:[A-Z][a-z]+-[A-Z]\w+)(?=\s|$)/;
const SCRIPT = /^(?:\.{1,2}[/\\]|[\w.-]+[/\\])\S+\.(?:sh|ps1|py|cmd|bat|js)(?=\s|$)/;

const isCommand = (text: string): boolean => PROGRAMS.test(text) || CMDLET.test(text) || SCRIPT.test(text);

/** A command in a code span, or one whose own backticks broke its span into several. */
export interface Command {
	text: string;
	broken: boolean;
}

/** The commands that a point names. Their text is never executed. */
export function commandsIn(text: string): Command[] {
	const broken = brokenSpan(text);
	if (broken !== undefined) return [{ text: broken, broken: true }];
	return codeSpans(text).flatMap((span) => {
		const one = span.trim();
		return isCommand(one) ? [{ text: one, broken: false }] : [];
	});
}

/** What goes between two code spans that were meant as two. */
const BETWEEN = /^\s*(?:(?:[,;/+&|]|→|->|and|or|then|returns?|shows?|is|:|\([^()\n]*(?:\)|$))\s*)+$|^\s*$|\s$|^\s/;

/** A command between the first and the last backtick, when what is between its spans is glued to them. */
function brokenSpan(text: string): string | undefined {
	const whole = /^`([^`].*)`[.;]?$/s.exec(text)?.[1];
	if (whole === undefined || !whole.includes("`") || !isCommand(whole.trim())) return undefined;
	const pieces = piecesOf(text);
	const between = pieces.slice(1, -1).filter(({ code }) => !code);
	const quotes = [...pieces[0]!.text.replaceAll(/\\./g, "").matchAll(/["']/g)].length;
	return quotes % 2 === 1 || between.some((one) => one.text !== "" && !BETWEEN.test(one.text)) ? whole : undefined;
}

const ABSENT =
	/\b(?:no longer|no (?:match|matches|output|stale|active|plaintext|result|results|hits?|\w+ (?:matches|references?|remain\w*))|(?:is|are|was|were) (?:absent|gone|removed)|absent|(?:should|must|does|do|shall|may) not|not (?:present|found|listed)|returns? nothing|without any|zero matches|non-existent)\b/i;
const PRESENT =
	/\b(?:is|are) (?:present|listed|found|there)|\bexists?\b|\b(?:should|must) (?:match|show|list|return|print|exist)\b|\bmatches\b/i;

/** What the words say is expected, where they say it; undefined where they do not. */
export const polarityOf = (words: string): "present" | "absent" | undefined =>
	ABSENT.test(words) ? "absent" : PRESENT.test(words) ? "present" : undefined;

const UNSAFE: readonly [RegExp, string][] = [
	[/^(?:sudo\s+)?(?:ssh|scp|rsync)\s+\S/, "runs on another machine"],
	[/\b(?:pkill|killall|taskkill|Stop-Process)\b|(?:^|[\s;&|"'])kill\s+-?\w/, "ends processes"],
	[/^(?:powershell|pwsh|cmd)(?:\.exe)?(?![\w-])/i, "starts another shell"],
	[/\$\(|`/, "substitutes a command"],
	[/(?:^|[\s;&|"'])rm\s+-\w*[rf]/, "removes files"],
	[/\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b|\bInvoke-Expression\b|\biex\b/, "runs what it has fetched or read"],
	[/(?:^|[\s;&|"'])docker\s+(?:rm|stop|kill|restart|system\s+prune|volume\s+rm)\b/, "stops or removes containers"],
];

/** Why a recorded command must not be executed as it stands, or undefined. */
export const unsafeBecause = (command: string): string | undefined => UNSAFE.find(([form]) => form.test(command))?.[1];

/** Whether the quotation marks of a command are all closed, as a POSIX shell reads them. */
export function isClosed(command: string): boolean {
	let open = "";
	for (let at = 0; at < command.length; at++) {
		const one = command[at]!;
		if (one === "\\" && open !== "'") at++;
		else if (open === "" && (one === '"' || one === "'")) open = one;
		else if (one === open) open = "";
	}
	return open === "";
}
