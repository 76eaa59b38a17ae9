import { nearest } from "../../system/nearest.ts";
import { editAt } from "../facts/found.ts";
import { parametersOf, unknownGiven } from "../powershell/calls.ts";
import { isAside, isTest } from "../tree/aside.ts";
import { standingOf } from "../facts/standing.ts";
import type { StaticCheck } from "../triage-check.ts";

const CALLERS = new Set("powershell batch shell python javascript markdown yaml json dockerfile text".split(" "));

export default {
	code: "TS251",
	scope: "static",
	severity: "error",
	question: "Has a PowerShell script or function every parameter that its callers give?",
	why: "An advanced function refuses a parameter that it does not have; a plain script passes over it, and goes on with its default.",
	example: "`Start-Tunnel.ps1 -HostsFile …` and the script has `$HostFile`: write -HostFile.",
	run(tree) {
		const files = tree.files.filter(
			({ path, language }) =>
				CALLERS.has(language) && !isAside(path) && !isTest(path) && /^(?:live|docs)$/.test(standingOf(path)),
		);
		const given = new Map(unknownGiven(tree, files).map((one) => [`${one.file.path}:${one.at}`, one]));
		const findings = [...given.values()].map(({ callee, parameter, file, at }) => {
			const meant = nearest(parameter, callee.written) ?? beginningAlike(parameter, callee.written);
			return {
				message: `${file.path} gives ${callee.name} the parameter -${parameter}, and it has ${callee.written.length === 0 ? "none" : callee.written.map((one) => `-${one}`).join(", ")}`,
				evidence: [file.placeAt(at), callee.file.placeAt(callee.at)] as const,
				fix: {
					say:
						meant === undefined ? `take -${parameter} out, or give ${callee.name} that parameter` : `write -${meant}`,
					...(meant === undefined ? {} : editAt(file, at, `-${parameter}`, `-${meant}`)),
				},
			};
		});
		return { looked: `${parametersOf(tree).size} lists of parameters`, findings };
	},
} satisfies StaticCheck;

/** The one parameter with the same first word: `ComposeFile` for `ComposePath`. */
function beginningAlike(parameter: string, written: readonly string[]): string | undefined {
	const first = /^[A-Z][a-z]{2,}(?=[A-Z])/.exec(parameter)?.[0];
	const alike = first === undefined ? [] : written.filter((one) => one.startsWith(first));
	return alike.length === 1 ? alike[0] : undefined;
}
