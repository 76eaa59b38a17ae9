import { expect, test } from "vitest";
import { parseShell } from "../../../src/checks/shell/lexer.ts";

const shown = (text: string) =>
	parseShell(text).commands.map(({ before, depth, words }) => [
		before,
		depth,
		words.map((word) => word.text).join(" "),
	]);

test("commands are told apart with what joins them and how deep they stand", () => {
	expect(
		shown("set -e && pip install -r \"a b\" || true; (cd /a; b) | tee -a /log\nA=1 B='c d' run \\\n  --x y"),
	).toEqual([
		["", 0, "set -e"],
		["&&", 0, "pip install -r a b"],
		["||", 0, "true"],
		["", 1, "cd /a"],
		[";", 1, "b"],
		["|", 0, "tee -a /log"],
		["\n", 0, "A=1 B=c d run --x y"],
	]);
});

test("a here-document is its command's, and text", () => {
	const { commands, faults } = parseShell("cat > /etc/x <<'EOF'\nif (\nEOF\necho done");

	expect(commands.map(({ words, writes, heredoc }) => [words[0]!.text, writes[0]?.text, heredoc?.text])).toEqual([
		["cat", "/etc/x", "if (\n"],
		["echo", undefined, undefined],
	]);
	expect(faults).toEqual([]);
});

test.for([
	["echo 'a", "a single quote is not closed"],
	['echo "$(foo"', "a double quote is not closed"],
	["cat <<EOF\nabc\n  EOF\n", "the here-document `EOF` has no end"],
	["if true; then\necho\n", "`if` has no `fi`"],
	["if true\necho\nfi", "`if` has no `then`"],
	["for i in a; do\necho\n", "`do` has no `done`"],
	["f() {\necho\n", "`{` has no `}`"],
	["case x in\na) echo;;\n", "`case` has no `esac`"],
	["(a; b", "`(` is not closed"],
	["done", "`done` closes nothing"],
])("%j: %s", ([text, message]) => {
	expect(parseShell(text!).faults.map((fault) => fault.message)).toContain(message);
});

test("what only looks unbalanced is none", () => {
	const text =
		"for i do [[ $i =~ ^(a|b)\\)$ ]] && echo \"${i:-it's}\" $(( (1+2) )) $'\\''; done\nx=( a # )\n \")\" )\n";

	expect(parseShell(text).faults).toEqual([]);
});

test("reads what is nested without end as far as it can, and says so", () => {
	const { faults } = parseShell(`echo a\n${"$(".repeat(50_000)}`);
	expect(faults.map(({ message }) => message)).toContain("it is nested too deeply to be read");
});
