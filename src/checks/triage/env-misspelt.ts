import type { Found, StaticCheck } from "../triage-check.ts";
import { editOf, listed, placeIn, unique } from "../facts/found.ts";
import { misspeltIn } from "../facts/misspelt.ts";
import { envOf } from "../facts/env.ts";
import { partedNames, type Parted } from "../facts/parted-names.ts";

export default {
	code: "TS433",
	scope: "static",
	severity: "error",
	question: "Is every name of the environment spelled as the code that reads it spells it?",
	why: "The value is set, and the program does not see it: it falls back to a default or fails far from the cause.",
	example: "`MINIO_SECERT_KEY=…` in a template while the code reads `MINIO_SECRET_KEY`; write the name that is read.",
	run(tree) {
		const findings = misspeltIn(tree).map(({ set, read }): Found => {
			const [setOnce, readOnce] = [unique(set), unique(read)];
			const [setName, readName] = [set[0]!.name, read[0]!.name];
			const documented = tree.in("markdown").some(({ text }) => text.includes(setName) && !text.includes(readName));
			const codeIsOdd =
				(readOnce.length < setOnce.length || (documented && readOnce.length === setOnce.length)) &&
				!envOf(tree).some((one) => one.how === "sets" && one.name === readName);
			const [wrong, right, odd] = codeIsOdd ? [readName, setName, readOnce] : [setName, readName, setOnce];
			const [first, ...rest] = [...odd, ...(codeIsOdd ? setOnce : readOnce)];
			return {
				message: `${setName} is set and read nowhere; what is read is ${readName}`,
				evidence: [placeIn(first!.file, first!.line), ...rest.map(({ file, line }) => placeIn(file, line))],
				fix: {
					say: `write ${right} for ${wrong} in ${listed(odd)}`,
					...editOf(first!.file, first!.line, wrong, right),
				},
			};
		});
		const told = new Set(misspeltIn(tree).flatMap(({ read }) => read.map(({ name }) => name)));
		const parted = Map.groupBy(
			partedNames(tree).filter(({ required }) => !told.has(required)),
			({ required, setAt }) => `${required}\n${setAt.file.path}:${setAt.line}`,
		);
		findings.push(...[...parted.values()].map(partedFinding));
		return { looked: `${new Set(envOf(tree).map(({ name }) => name)).size} names of the environment`, findings };
	},
} satisfies StaticCheck;

/** All places that require the name, and the one that has the other. */
function partedFinding([first, ...others]: readonly Parted[]): Found {
	const { required, requiredAt, set, setAt } = first!;
	const more = others.map((one) => placeIn(one.requiredAt.file, one.requiredAt.line));
	return {
		message: `${requiredAt.file.path} requires ${required}, and ${setAt.file.path} has ${set} in its place: what is set is not what is read`,
		evidence: [placeIn(setAt.file, setAt.line), placeIn(requiredAt.file, requiredAt.line), ...more],
		fix: {
			say: `give it one name: write ${required} for ${set} in ${setAt.file.path} and wherever it is handed on, or ${set} in ${requiredAt.file.path}`,
		},
	};
}
