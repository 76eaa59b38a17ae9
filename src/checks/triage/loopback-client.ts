import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { addressesOf, isReal } from "../facts/addresses.ts";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const LOOPBACK = "[\"'](?:[a-z]+:\\/\\/)?(?:localhost|127\\.0\\.0\\.1)(?::(\\d{2,5}))?[^\"'\\s]*[\"']";
/** The default of an option of a command line, or of a parameter of a PowerShell script. */
const DEFAULTS: readonly RegExp[] = [
	new RegExp(`["']--?([\\w-]+)["'][^\\n)]{0,120}?\\bdefault\\s*[=:]\\s*${LOOPBACK}`, "g"),
	new RegExp(`\\[string\\]\\s*\\$(\\w+)\\s*=\\s*${LOOPBACK}`, "gi"),
	new RegExp(
		`\\boption\\(\\s*["'][^"'\\n]*?--([\\w-]+)[^"'\\n]*["']\\s*,\\s*["'][^"'\\n]*["']\\s*,\\s*${LOOPBACK}`,
		"g",
	),
];

export default {
	code: "TS414",
	scope: "static",
	severity: "note",
	question: "Do client tools find their server from another machine?",
	why: "In a system of several machines a tool whose default is loopback works on the server alone, and fails elsewhere with `connection refused`.",
	example: "`--api`, default `http://127.0.0.1:8100`; read the address from the settings that the system has anyway.",
	run(tree) {
		const clients = tree.in("python", "javascript", "powershell").filter(isClient);
		const findings = clients.flatMap((file) => (hasMachines(tree) ? findingsIn(file) : []));
		return { looked: `${clients.length} client tools`, findings };
	},
} satisfies StaticCheck;

const isClient = ({ path, text }: SourceFile): boolean =>
	standingOf(path) === "live" &&
	/(?:^|\/)(?:scripts?|tools?|bin|cli|clients?)\/|(?:client|cli|tool|rerun|trigger|submit)[\w-]*\.\w+$/i.test(path) &&
	/localhost|127\.0\.0\.1/.test(text) &&
	/\b(?:requests|httpx|aiohttp|urllib|fetch|axios|Client\.connect|Invoke-(?:WebRequest|RestMethod)|got)\b/.test(text);

/** The tree knows other machines: a perimeter, or an address of one. */
const hasMachines = (tree: Tree): boolean =>
	tree.paths.some((path) => /(?:^|\/)perimeter\.md$/i.test(path)) ||
	addressesOf(tree).some(({ address, file }) => isReal(address.host) && standingOf(file.path) === "live");

function findingsIn(file: SourceFile): Found[] {
	return DEFAULTS.flatMap((pattern) => file.matches(pattern))
		.filter(({ index }) => !isComment(file, index))
		.map(({ 0: all, 1: option, index }) => {
			const line = file.lineAt(index + all.length - 1);
			return {
				message: `${file.path} looks for its server on loopback unless --${option!} says otherwise`,
				evidence: [placeIn(file, line)],
				fix: { say: `take the default of --${option!} from the settings or the environment, as the other programs do` },
			};
		});
}
