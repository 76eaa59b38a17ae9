/**
 * The values of a file that steps write, such as $GITHUB_OUTPUT: `NAME=value`, or `NAME<<END`, lines, `END`.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
 * @throws Error as GitHub fails the step: a line of neither form, an END that does not come
 */
export function commandFileValues(text: string): Record<string, string> {
	const values: Record<string, string> = {};
	const lines = text.split(/\r?\n/);
	for (let at = 0; at < lines.length; at += 1) {
		const line = lines[at]!;
		if (line === "") continue;
		const [equals, opens] = [line.indexOf("="), line.indexOf("<<")];
		if (equals > 0 && (opens < 0 || equals < opens)) {
			values[line.slice(0, equals)] = line.slice(equals + 1);
			continue;
		}
		if (opens <= 0) throw new Error(`Invalid format '${line}'`);
		const end = lines.indexOf(line.slice(opens + 2), at + 1);
		if (end < 0) throw new Error(`Matching delimiter not found '${line.slice(opens + 2)}'`);
		values[line.slice(0, opens)] = lines.slice(at + 1, end).join("\n");
		at = end;
	}
	return values;
}
