import { editOf } from "../facts/found.ts";
import { nearest } from "../../system/nearest.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const DEFINED = /^[ \t]*(?:function|filter)[ \t]+(?:global:|script:)?([A-Za-z]+-[\w-]+)/gim;
/** Where a command begins: at a line, behind a pipe, an assignment or a bracket. */
const CALLED = /(?:^[ \t]*|[|;{(=&][ \t]*|\breturn[ \t]+)([A-Z][A-Za-z]+-[A-Z][A-Za-z0-9]+)(?![\w-]|[ \t]*=)/gm;
/** Nouns of cmdlets that PowerShell brings: its own command may be meant. */
const NOUNS =
	/-(?:Acl|Alias|Archive|Certificate|ChildItem|CimInstance|CimSession|Clipboard|Command|Computer|Content|Counter|Credential|Csv|Culture|Date|Debug|Default|DnsName|Drive|Environment|Error|Event|EventLog|ExecutionPolicy|Expression|File|FileHash|Firewall\w*|Group|Help|History|Host|Html|Information|Item|ItemProperty|Job|Json|Line|List|LocalGroup\w*|LocalUser|Location|Log|Member|Module|ModuleMember|Net\w*|Null|Object|Output|Package\w*|Path|Printer|Process|Progress|Property|PSDrive|PSSession|Random|RestMethod|ScheduledTask\w*|SecureString|Service|Session|Sleep|Software|String|Table|Task|TimeSpan|Trace|Type|Unique|Uri|User|Variable|Verbose|Volume|Warning|WebRequest|Window\w*|Wmi\w*|Xml)$/i;

export default {
	code: "TS114",
	scope: "static",
	severity: "error",
	question: "Does every PowerShell function that is called exist under that name?",
	why: "PowerShell looks for a command when it comes to it: the script stops half-way, after what it has already changed.",
	example: "`Wait-ForWorkers` is called and the function is called `Wait-ForWorker`; write the name that is defined.",
	run(tree) {
		const files = tree.in("powershell").filter(({ path }) => !isAside(path) && !isTest(path));
		const defined = new Map<string, { name: string; file: SourceFile; at: number }>();
		for (const file of files)
			for (const { 1: name, index } of file.matches(DEFINED))
				defined.set(name!.toLowerCase(), { name: name!, file, at: index });
		const names = [...defined.values()].map(({ name }) => name).filter((name) => name.length >= 8);
		const findings = defined.size === 0 ? [] : files.flatMap((file) => inFile(file));
		return { looked: `${files.length} PowerShell scripts, ${defined.size} functions`, findings };

		function inFile(file: SourceFile): Found[] {
			const seen = new Set<string>();
			return file.matches(CALLED).flatMap(({ 0: all, 1: name, index }): Found[] => {
				const at = index + all.length - name!.length;
				if (defined.has(name!.toLowerCase()) || NOUNS.test(name!) || seen.has(name!) || kindAt(file, at) !== "code")
					return [];
				seen.add(name!);
				const alike = nearest(name!, names);
				const other = alike === undefined ? undefined : defined.get(alike.toLowerCase());
				if (!other || !sameButFor(name!, other.name)) return [];
				const line = file.lineAt(at);
				return [
					{
						message: `${file.path} calls ${name!}, and the function is called ${other.name}`,
						evidence: [file.place(line), other.file.placeAt(other.at)],
						fix: { say: `write ${other.name}`, ...editOf(file, line, name!, other.name) },
					},
				];
			});
		}
	},
} satisfies StaticCheck;

/** One or two letters, and of the two halves only one. */
const sameButFor = (a: string, b: string): boolean => {
	const [left, right] = [a, b].map((one) => one.toLowerCase().split("-"));
	return (
		Math.abs(a.length - b.length) <= 2 && (left![0] === right![0] || left!.slice(1).join() === right!.slice(1).join())
	);
};
