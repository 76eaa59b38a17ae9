import { CATALOGUE } from "./catalogue.ts";
import { EXIT } from "./exit.ts";

const HEAD = `# Errors

Every error that \`cres\` raises on purpose has a code, printed as \`code:\` and, under \`--json\`, as \`error.code\`. Codes are stable; wording may change. The hint that is printed with an error is more particular than what stands here. Exit codes: \`cres exit-codes\`. \`npm run build\` writes this page from \`src/errors/catalogue.ts\`.
`;

/** The text of docs/reference/errors.md: a heading for every code, in the order of the catalogue. */
export function errorReferenceText(): string {
	const sections = Object.entries(CATALOGUE).map(([code, { exit, retry, meaning, remedy }]) =>
		[
			`\n## ${code}\n`,
			`${meaning} ${remedy}\n`,
			`Exit ${EXIT[exit]} (${exit}). ${retry ? "The same command may succeed later." : "The same command fails again until that is done."}\n`,
		].join("\n"),
	);
	return [HEAD, ...sections].join("");
}
