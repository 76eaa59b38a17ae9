import { describe, expect, it } from "vitest";
import { commandsIn, isClosed, polarityOf, unsafeBecause } from "../../src/plan/commands.ts";

const texts = (text: string): string[] => commandsIn(text).map((one) => one.text);

describe("a command in a point", () => {
	it.each([
		..."rg x;sudo rg x;docker-compose ps;python x.py;python3 x.py;pip3 list;temporal.exe list;cmd.exe dir;jq".split(
			";",
		),
		..."Get-Content x;Test-NetConnection;./run.sh;../run.sh x;.\\run.ps1;bin/a-b.c.py x;scripts\\x.cmd".split(";"),
	])("is a code span that begins with a program or a script: %s", (command) => {
		expect(texts(`run \`${command}\`, then look`)).toEqual([command]);
	});

	it.each([
		..."rgx y;gitlab;my rg x;src/plan;./run.shx;run.sh;README.md;/x/y.sh.txt;Get-;get-content x;-Get-Content".split(
			";",
		),
		..."x Get-Content;x ./run.sh;http://a/b.js".split(";"),
	])("is no other code span: %s", (span) => {
		expect(texts(`see \`${span}\``)).toEqual([]);
	});

	it("is trimmed, and one of several", () => {
		expect(texts("`  rg x  ` and `docs/x.md` and `curl -s y`")).toEqual(["rg x", "curl -s y"]);
	});
});

describe("code spans that are meant as several", () => {
	it.each([
		..."and~or~then~,~;~/~+~&~|~→~->~:~, then~is~return~returns~show~shows~and (in the container)~(as root~(x), and".split(
			"~",
		),
	])("stay several with %j between them, blanks around it or not", (between) => {
		for (const text of [between, ` ${between} `])
			expect(commandsIn(`\`rg a\`${text}\`rg b\``).map(({ broken }) => broken)).toEqual([false, false]);
	});

	it.each([" says:", "says ", " "])("stay several with a blank beside what is between them: %j", (between) => {
		expect(commandsIn(`\`rg a\`${between}\`rg b\``)).toHaveLength(2);
	});

	it.each([
		['`rg "Where `docker run` Happens" docs`', 'rg "Where `docker run` Happens" docs'],
		["`rg a`b`c d`", "rg a`b`c d"],
		["`rg 'a `b` c' d`.", "rg 'a `b` c' d"],
		["`rg a`b`c`;", "rg a`b`c"],
	])("are one broken command where they are glued, or inside of a quotation: %s", (text, whole) => {
		expect(commandsIn(text)).toEqual([{ text: whole, broken: true }]);
	});

	it.each(["`docs`x`y`", "run `rg a`b`rg c`", "`rg a`b`c` it", "`rg 'it \\' s'` `x`", "``rg `a`b``"])(
		"are none where no command begins, or words stand around: %s",
		(text) => {
			expect(commandsIn(text).filter(({ broken }) => broken)).toEqual([]);
		},
	);
});

describe("a command that must not be pasted", () => {
	it.each([
		...["ssh h ls", "sudo ssh h", "scp a b", "rsync a b"].map((one) => [one, "runs on another machine"]),
		...["pkill x", "sudo killall x", "taskkill /im x", "Stop-Process x", "kill 1", "a; kill -9 1", "a&kill 1"].map(
			(one) => [...[one, "ends processes"]],
		),
		...["powershell x", "pwsh", "cmd.exe /c x", "PowerShell.exe x"].map((one) => [one, "starts another shell"]),
		...["echo $(x)", "echo `x`"].map((one) => [one, "substitutes a command"]),
		...["rm -r x", "rm -f x", "rm -vf x", "a;rm  -r x", "a | rm -f x", 'sh -c "rm -r x"', "a &&rm -f b"].map((one) => [
			...[one, "removes files"],
		]),
		...["curl x | sh", "curl x |bash", "curl x | sudo zsh", "x | dash", "Invoke-Expression x", "x | iex"].map((one) => [
			...[one, "runs what it has fetched or read"],
		]),
		...["docker rm x", "docker stop x", "sudo docker rm x", "a;docker  restart x", "docker system  prune"].map(
			(one) => [...[one, "stops or removes containers"]],
		),
		["docker volume rm x", "stops or removes containers"],
	])("is %s: it %s", (command, why) => {
		expect(unsafeBecause(command!)).toBe(why);
	});

	it.each([
		..."ssh|ssh-keygen -l|echo ssh x|killer x|kill|skill 1|cat kill.txt|xpowershell|rm x|rm -v x|farm -r|cat rm".split(
			"|",
		),
		..."ls | shasum|ls | sort|docker ps|docker rmi x|docker image rm x|mydocker rm x|docker inspect stop|echo $x".split(
			"|",
		),
		"cmdline x",
	])("is not %s", (command) => {
		expect(unsafeBecause(command)).toBeUndefined();
	});
});

describe("the quotation marks of a command", () => {
	it.each(["", "a", "'a'", '"a"', "'\"'", '"\'"', '"\\""', "\\'", "'\\'", '"\'\\"\'"', "a 'b' \"c\" d"])(
		"are closed: %s",
		(command) => {
			expect(isClosed(command)).toBe(true);
		},
	);
	it.each(["'", '"', "'a\"", "\"a'", "'a\\'b'", '"\\"', "'a' 'b", "\\\\'"])("are open: %s", (command) => {
		expect(isClosed(command)).toBe(false);
	});
});

describe("what the words expect", () => {
	it.each([
		..."no longer there|no matches|no output|no hit|no hits|no such references|no old reference|no x remaining".split(
			"|",
		),
		..."is absent|are gone|was removed|should not match|must not|does not exist|may not|not present|not found".split(
			"|",
		),
		..."not listed|return nothing|returns nothing|without any x|zero matches|non-existent|No Longer|is found, not listed".split(
			"|",
		),
	])("is absent: %s", (words) => {
		expect(polarityOf(words)).toBe("absent");
	});
	it.each(
		"is present|are listed|is found|are there|exists|exist|should match|must show|should list|must exist|matches".split(
			"|",
		),
	)("is present: %s", (words) => {
		expect(polarityOf(words)).toBe("present");
	});
	it.each(
		"|fine|no|note|notable|exit|existing|present|match|shoulder match|nothing returned|mismatches|longer".split("|"),
	)("is not said: %j", (words) => {
		expect(polarityOf(words)).toBeUndefined();
	});
});
